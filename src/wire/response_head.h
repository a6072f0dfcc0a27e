#pragma once

#include "base/fields.h"
#include "plinth/metadata.h"
#include "plinth/status.h"
#include "wire/compression.h"
#include "wire/field_texts.h"

namespace plinth::wire {

/// Response-Headers: :status 200, content-type, grpc-encoding when it is not identity, grpc-accept-encoding when the
/// response is compressed or `offer_compression` (which the call sets when the request was), and the initial metadata.
/// Appends to `fields`; allocates nothing when there is no binary metadata.
void append_response_head(Encoding encoding, const Metadata& initial, base::FieldList& fields, FieldTexts& texts,
                          bool offer_compression = false);

/// Trailers: grpc-status, grpc-message (percent-encoded) when there is one, grpc-status-details-bin when the status has
/// details, and the trailing metadata. Allocates nothing when nothing of these must be encoded.
void append_trailers(const Status& status, const Metadata& trailing, base::FieldList& fields, FieldTexts& texts);

/// Trailers-Only: :status 200, content-type and the trailers in one block; with UNIMPLEMENTED, grpc-accept-encoding
/// too, because a compression that we do not have may be the cause.
void append_trailers_only(const Status& status, const Metadata& trailing, base::FieldList& fields, FieldTexts& texts);

}  // namespace plinth::wire
