#pragma once

#include "base/fields.h"
#include "wire/field_texts.h"

namespace plinth::wire {

/// Fields on their way to a session, which copies what it needs. One call at a time uses it, without suspending.
struct FieldScratch {
  base::FieldList fields;
  FieldTexts texts;
};

/// That of this thread, empty, with the memory that it has.
inline FieldScratch& empty_scratch() noexcept {
  thread_local FieldScratch scratch;
  scratch.fields.clear();
  scratch.texts.clear();
  return scratch;
}

}  // namespace plinth::wire
