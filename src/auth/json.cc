#include "auth/json.h"

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

namespace plinth::auth {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxShown = 64;

/// Watches a document while it is parsed. Throws StatusError, so that not more of it is read.
class Watch {
 public:
  bool operator()(int depth, json::parse_event_t event, const json& parsed) {
    using enum json::parse_event_t;
    if (event == object_start || event == array_start) enter(depth);
    if (event == object_start) names_.emplace_back();
    if (event == object_end) names_.pop_back();
    if (event == key) see_name(parsed);
    return true;
  }

 private:
  static void enter(int depth) {
    if (depth >= kMaxJsonDepth) throw StatusError(invalid_argument("more than {} levels of JSON", kMaxJsonDepth));
  }
  void see_name(const json& name) {
    if (!names_.back().insert(name).second) throw StatusError(invalid_argument("the field {} twice", shown(name)));
  }

  /// Of the fields of each object that is open.
  std::vector<std::set<json>> names_;
};

std::unexpected<Status> no_json(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, byte == 0 ? 0 : byte - 1);
  const auto line = std::ranges::count(before, '\n') + 1;
  const auto column = before.size() - (before.rfind('\n') + 1) + 1;
  return std::unexpected(invalid_argument("no JSON at line {}, column {}", line, column));
}

}  // namespace

Result<json> parse_json(std::string_view text) {
  // The parser would take it for the end of the text.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) return no_json(text, nul + 1);
  Watch watch;
  try {
    return json::parse(text, std::ref(watch));
  } catch (const StatusError& error) {
    return std::unexpected(error.status());
  } catch (const json::parse_error& error) {
    return no_json(text, error.byte);
  } catch (const json::exception&) {
    return std::unexpected(invalid_argument("a number in JSON that no double can hold"));
  }
}

std::string shown(const json& value) {
  auto text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > kMaxShown) text.replace(kMaxShown, std::string::npos, "...");
  return text;
}

}  // namespace plinth::auth
