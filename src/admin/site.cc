#include "admin/site.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "admin/local_host.h"
#include "plinth/async.h"

namespace plinth::admin {

namespace {

/// A page asks all workers: one that hangs must not take the page with it.
constexpr auto kPagePatience = std::chrono::seconds(5);

using Verb = Question::Verb;

bool reads(const Question& question) noexcept { return question.verb == Verb::kGet || question.verb == Verb::kHead; }

Answer not_allowed(bool takes_changes) {
  auto answer = line(405, "this page does not take this method");
  answer.allow = takes_changes ? "GET, HEAD, PUT, POST" : "GET, HEAD";
  return answer;
}

}  // namespace

Task<Answer> Site::answer(const Question& question) const {
  if (reach_ == Reach::kLoopback && !is_local_authority(question.authority)) {
    co_return line(421, "this port is for this machine: ask for localhost or an address");
  }
  const bool root = question.path == "/";
  const auto* page = root ? nullptr : find(question.path);
  if (!root && !page) co_return line(404, "there is no such page; GET / lists them");
  const bool takes_changes = page && page->takes_changes;
  if (!reads(question) && !(takes_changes && question.changes())) co_return not_allowed(takes_changes);
  if (question.changes() && question.from_web_page) co_return line(403, "web pages may not change anything here");
  if (root) co_return line(200, list());
  try {
    auto answering = with_timeout(kPagePatience, page->answer(question));
    co_return co_await std::move(answering);
  } catch (const StatusError& error) {
    if (error.status().code() == StatusCode::kCancelled) throw;
    co_return line(503, "no answer: a worker has not told in time what it does");
  } catch (const std::exception&) {
    co_return line(500, "the page has failed");
  }
}

const Page* Site::find(std::string_view path) const noexcept {
  const auto found = std::ranges::find(pages_, path, &Page::path);
  return found == pages_.end() ? nullptr : &*found;
}

std::string Site::list() const {
  std::string lines = "pages:";
  for (const auto& page : pages_) fmt::format_to(std::back_inserter(lines), "\n{:<12} {}", page.path, page.help);
  return lines;
}

}  // namespace plinth::admin
