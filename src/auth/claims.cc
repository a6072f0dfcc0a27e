#include "plinth/claims.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "auth/json.h"

namespace plinth {

namespace {

using nlohmann::json;
using std::chrono::system_clock;

/// The end of the year 9999.
constexpr double kMaxSeconds = 253402300799.0;
/// In the year 2255: later ones, which system_clock cannot hold, count as this.
constexpr double kLatest = 9e9;

const json* find(const json& object, std::string_view name) noexcept {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

[[noreturn]] void refuse(std::string_view name, std::string_view needed) {
  throw StatusError(invalid_argument("the claim \"{}\" is no {}", name, needed));
}

std::string read_text(const json& object, std::string_view name) {
  const auto* const value = find(object, name);
  if (!value) return {};
  if (!value->is_string()) refuse(name, "text");
  return value->get<std::string>();
}

/// NumericDate: seconds, which may have a fraction.
std::optional<Claims::Time> read_time(const json& object, std::string_view name) {
  const auto* const value = find(object, name);
  if (!value) return std::nullopt;
  const double seconds = value->is_number() ? value->get<double>() : -1;
  if (!(seconds >= 0 && seconds <= kMaxSeconds)) refuse(name, "time");
  const std::chrono::duration<double> since_epoch(std::min(seconds, kLatest));
  return Claims::Time(std::chrono::duration_cast<system_clock::duration>(since_epoch));
}

std::vector<std::string> read_list(const json& list, std::string_view name) {
  std::vector<std::string> texts;
  for (const auto& item : list) {
    if (!item.is_string()) refuse(name, "list of texts");
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

std::vector<std::string> read_audiences(const json& object) {
  const auto* const value = find(object, "aud");
  if (value && value->is_array()) return read_list(*value, "aud");
  auto text = read_text(object, "aud");
  return text.empty() ? std::vector<std::string>() : std::vector{std::move(text)};
}

void add_words(std::vector<std::string>& words, std::string_view text) {
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (!word.empty()) words.emplace_back(word);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
}

std::vector<std::string> read_scopes(const json& object) {
  const auto* const list = find(object, "scp");
  const bool is_list = list && list->is_array();
  auto scopes = is_list ? read_list(*list, "scp") : std::vector<std::string>();
  if (!is_list) add_words(scopes, read_text(object, "scp"));
  add_words(scopes, read_text(object, "scope"));
  return scopes;
}

}  // namespace

struct Claims::Data {
  explicit Data(nlohmann::json object)
      : all(std::move(object)),
        subject(read_text(all, "sub")),
        issuer(read_text(all, "iss")),
        id(read_text(all, "jti")),
        audiences(read_audiences(all)),
        scopes(read_scopes(all)),
        expiry(read_time(all, "exp")),
        not_before(read_time(all, "nbf")),
        issued_at(read_time(all, "iat")) {}

  nlohmann::json all;
  std::string subject;
  std::string issuer;
  std::string id;
  std::vector<std::string> audiences;
  std::vector<std::string> scopes;
  std::optional<Time> expiry;
  std::optional<Time> not_before;
  std::optional<Time> issued_at;
};

Result<Claims> Claims::parse(std::string_view text) {
  auto object = auth::parse_json(text);
  if (!object) return std::unexpected(std::move(object).error());
  if (!object->is_object()) return std::unexpected(invalid_argument("the claims are no object"));
  try {
    return Claims(std::make_shared<const Data>(std::move(*object)));
  } catch (const StatusError& error) {
    return std::unexpected(error.status());
  }
}

const std::string& Claims::subject() const noexcept { return data_->subject; }
const std::string& Claims::issuer() const noexcept { return data_->issuer; }
const std::string& Claims::id() const noexcept { return data_->id; }
const std::vector<std::string>& Claims::audiences() const noexcept { return data_->audiences; }
const std::vector<std::string>& Claims::scopes() const noexcept { return data_->scopes; }
bool Claims::has_scope(std::string_view scope) const noexcept {
  return std::ranges::find(data_->scopes, scope) != data_->scopes.end();
}
std::optional<Claims::Time> Claims::expiry() const noexcept { return data_->expiry; }
std::optional<Claims::Time> Claims::not_before() const noexcept { return data_->not_before; }
std::optional<Claims::Time> Claims::issued_at() const noexcept { return data_->issued_at; }

std::optional<std::string_view> Claims::text(std::string_view name) const noexcept {
  const auto* const value = find(data_->all, name);
  return value && value->is_string() ? std::optional<std::string_view>(value->get_ref<const std::string&>())
                                     : std::nullopt;
}

std::optional<double> Claims::number(std::string_view name) const noexcept {
  const auto* const value = find(data_->all, name);
  return value && value->is_number() ? std::optional(value->get<double>()) : std::nullopt;
}

std::optional<bool> Claims::flag(std::string_view name) const noexcept {
  const auto* const value = find(data_->all, name);
  return value && value->is_boolean() ? std::optional(value->get<bool>()) : std::nullopt;
}

std::string Claims::json(std::string_view name) const {
  const auto* const value = find(data_->all, name);
  return value ? value->dump() : std::string();
}

}  // namespace plinth
