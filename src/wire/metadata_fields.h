#pragma once

#include <string_view>

#include "base/fields.h"
#include "plinth/metadata.h"
#include "plinth/status.h"
#include "wire/field_texts.h"

namespace plinth::wire {

/// A pair as a field of Custom-Metadata (PROTOCOL-HTTP2.md): a binary value as base64, any other without spaces around
/// it. Allocates for binary values only.
void append_pair(const Metadata::Pair& pair, base::FieldList& fields, FieldTexts& texts);

/// Every pair, in order.
void append_metadata(const Metadata& metadata, base::FieldList& fields, FieldTexts& texts);

/// The other way: adds the field as one pair, or as several when its value is binary ones that a comma joins. What has
/// no name, or the name of a pseudo field, is left out. INTERNAL, with the name and the value (cut to 64 characters),
/// when a binary value is no base64; those before it have been added then.
Status read_metadata(std::string_view name, std::string_view value, Metadata& metadata);

}  // namespace plinth::wire
