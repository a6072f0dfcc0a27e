#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "plinth/task.h"

namespace plinth::admin {

/// What somebody asks the admin port for.
struct Question {
  enum class Verb { kGet, kHead, kPut, kPost, kOther };

  Verb verb = Verb::kGet;
  /// The target up to '?', as it was sent.
  std::string path = "";
  /// The rest of it.
  std::string query = "";
  std::string body = "";
  /// The Host that it names.
  std::string authority = "";
  /// A browser sends it for a page of somebody else's.
  bool from_web_page = false;

  bool changes() const noexcept { return verb == Verb::kPut || verb == Verb::kPost; }
};

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kJson = "application/json";

struct Answer {
  Answer(unsigned code, std::string content, std::string_view type = kText)
      : status(code), body(std::move(content)), content_type(type) {}

  unsigned status;
  std::string body;
  std::string_view content_type;
  /// Of a 405: the verbs that there are.
  std::string_view allow;
};

/// A short line of text.
inline Answer line(unsigned status, std::string_view text) { return {status, std::string(text) + "\n"}; }

/// An answer that nobody has to wait for.
inline Task<Answer> at_once(Answer answer) { co_return answer; }

/// One path of the port.
struct Page {
  std::string_view path;
  /// For the list of pages.
  std::string_view help;
  bool takes_changes = false;
  /// The question lives until it is answered.
  std::function<Task<Answer>(const Question&)> answer;
};

}  // namespace plinth::admin
