#include "wire/response_head.h"

#include <array>

#include "wire/base64.h"
#include "wire/common_fields.h"
#include "wire/metadata_fields.h"
#include "wire/percent.h"

namespace plinth::wire {

namespace {

constexpr base::Field kHttpOk = lasting(":status", "200");

constexpr std::array<std::string_view, 17> kCodes = {"0", "1",  "2",  "3",  "4",  "5",  "6",  "7", "8",
                                                     "9", "10", "11", "12", "13", "14", "15", "16"};

/// UNKNOWN for a value outside of the enumeration, as in `to_string`.
std::string_view code_text(StatusCode code) noexcept {
  const auto index = static_cast<std::size_t>(code);
  return index < kCodes.size() ? kCodes[index] : kCodes[static_cast<std::size_t>(StatusCode::kUnknown)];
}

void append_message(const std::string& message, base::FieldList& fields, FieldTexts& texts) {
  if (message.empty()) return;
  fields.push_back({"grpc-message", is_percent_safe(message) ? message : texts.keep(percent_encode(message))});
}

}  // namespace

void append_response_head(Encoding encoding, const Metadata& initial, base::FieldList& fields, FieldTexts& texts,
                          bool offer_compression) {
  fields.push_back(kHttpOk);
  fields.push_back(kContentType);
  if (encoding != Encoding::kIdentity) fields.push_back(encoding_field(encoding));
  if (encoding != Encoding::kIdentity || offer_compression) fields.push_back(kAcceptEncoding);
  append_metadata(initial, fields, texts);
}

void append_trailers(const Status& status, const Metadata& trailing, base::FieldList& fields, FieldTexts& texts) {
  fields.push_back(lasting("grpc-status", code_text(status.code())));
  append_message(status.message(), fields, texts);
  if (!status.details().empty()) {
    fields.push_back({"grpc-status-details-bin", texts.keep(base64_encode(status.details()))});
  }
  append_metadata(trailing, fields, texts);
}

void append_trailers_only(const Status& status, const Metadata& trailing, base::FieldList& fields, FieldTexts& texts) {
  fields.push_back(kHttpOk);
  fields.push_back(kContentType);
  if (status.code() == StatusCode::kUnimplemented) fields.push_back(kAcceptEncoding);
  append_trailers(status, trailing, fields, texts);
}

}  // namespace plinth::wire
