#include "wire/request_fields.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string>

#include "wire/common_fields.h"
#include "wire/metadata_fields.h"
#include "wire/text.h"
#include "wire/timeout.h"

namespace plinth::wire {

namespace {

constexpr base::Field kPost = lasting(":method", "POST");
constexpr base::Field kHttp = lasting(":scheme", "http");
constexpr base::Field kHttps = lasting(":scheme", "https");
constexpr base::Field kTrailers = lasting("te", "trailers");

constexpr std::array<std::string_view, 7> kNamesOfHead = {"te",
                                                          "user-agent",
                                                          "content-type",
                                                          "grpc-timeout",
                                                          "grpc-encoding",
                                                          "grpc-accept-encoding",
                                                          "grpc-previous-rpc-attempts"};

bool is_of_head(std::string_view name) noexcept { return std::ranges::find(kNamesOfHead, name) != kNamesOfHead.end(); }

base::Field user_agent(const Metadata& metadata, FieldTexts& texts) {
  const auto callers = trim(metadata.get("user-agent").value_or(""));
  if (callers.empty()) return lasting("user-agent", kUserAgent);
  return {"user-agent", texts.keep(fmt::format("{} {}", callers, kUserAgent))};
}

}  // namespace

void append_request_head(const RequestOptions& options, const Metadata& metadata, base::FieldList& fields,
                         FieldTexts& texts) {
  fields.push_back(kPost);
  fields.push_back(options.secure ? kHttps : kHttp);
  fields.push_back({":path", options.path});
  fields.push_back({":authority", options.authority});
  if (options.timeout) fields.push_back({"grpc-timeout", format_timeout(*options.timeout, texts.timeout())});
  fields.push_back(kTrailers);
  fields.push_back(kContentType);
  fields.push_back(user_agent(metadata, texts));
  if (options.encoding != Encoding::kIdentity) fields.push_back(encoding_field(options.encoding));
  fields.push_back(kAcceptEncoding);
  if (options.previous_attempts > 0) {
    fields.push_back({"grpc-previous-rpc-attempts", texts.keep(std::to_string(options.previous_attempts))});
  }
  for (const auto& pair : metadata) {
    if (!is_of_head(pair.key)) append_pair(pair, fields, texts);
  }
}

}  // namespace plinth::wire
