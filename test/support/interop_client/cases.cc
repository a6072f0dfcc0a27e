#include "cases.h"

#include <algorithm>
#include <utility>

namespace plinth::interop {

namespace {

constexpr std::string_view kNoCloud = "needs credentials of a cloud, which this client does not have";

constexpr std::pair<std::string_view, std::string_view> kRefused[] = {
    {"cacheable_unary", "needs calls by GET and a caching proxy, and gRPC has given up calls by GET"},
    {"compute_engine_creds", kNoCloud},
    {"compute_engine_channel_credentials", kNoCloud},
    {"google_default_credentials", kNoCloud},
    {"jwt_token_creds", kNoCloud},
    {"oauth2_auth_token", kNoCloud},
    {"per_rpc_creds", kNoCloud},
};

std::vector<Case> gather() {
  std::vector<Case> cases;
  for (auto* const family : {unary_cases, streaming_cases, compression_cases, metadata_cases, status_cases,
                             cancellation_cases, load_report_cases, soak_cases}) {
    std::ranges::copy(family(), std::back_inserter(cases));
  }
  return cases;
}

}  // namespace

const std::vector<Case>& all_cases() {
  static const auto cases = gather();
  return cases;
}

const Case* find_case(std::string_view name) {
  const auto found = std::ranges::find(all_cases(), name, &Case::name);
  return found == all_cases().end() ? nullptr : &*found;
}

std::string case_names() {
  std::string names;
  for (const auto& one : all_cases()) names.append(" ").append(one.name);
  return names;
}

std::string_view why_refused(std::string_view name) {
  const auto* const found = std::ranges::find(kRefused, name, [](const auto& pair) { return pair.first; });
  return found == std::end(kRefused) ? std::string_view() : found->second;
}

}  // namespace plinth::interop
