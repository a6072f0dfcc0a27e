#include "wire/metadata_fields.h"

#include "wire/base64.h"
#include "wire/text.h"

namespace plinth::wire {

namespace {

/// Spaces around a value are not allowed in HTTP/2, and gRPC lets us strip them.
std::string_view field_value(const Metadata::Pair& pair, FieldTexts& texts) {
  return Metadata::is_binary_key(pair.key) ? texts.keep(base64_encode(pair.value)) : trim(pair.value);
}

Status read_binary(std::string_view name, std::string_view value, Metadata& metadata) {
  const bool valid = each_item(value, [&](std::string_view item) {
    const auto bytes = base64_decode(item);
    if (bytes) metadata.add_unchecked(name, *bytes);
    return bytes.has_value();
  });
  return valid ? Status() : internal_error("{} '{}' is not base64", shown(name), shown(value));
}

}  // namespace

void append_pair(const Metadata::Pair& pair, base::FieldList& fields, FieldTexts& texts) {
  fields.push_back({pair.key, field_value(pair, texts)});
}

void append_metadata(const Metadata& metadata, base::FieldList& fields, FieldTexts& texts) {
  for (const auto& pair : metadata) append_pair(pair, fields, texts);
}

Status read_metadata(std::string_view name, std::string_view value, Metadata& metadata) {
  if (name.empty() || name.front() == ':') return {};
  if (Metadata::is_binary_key(name)) return read_binary(name, value, metadata);
  metadata.add_unchecked(name, value);
  return {};
}

}  // namespace plinth::wire
