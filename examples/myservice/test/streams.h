#pragma once

#include <utility>
#include <vector>

#include "plinth/generator.h"
#include "plinth/task.h"

namespace app {

/// A stream of these values.
template <class T>
plinth::Generator<T> stream_of(std::vector<T> values) {
  for (auto& value : values) co_yield std::move(value);
}

/// All values of a stream, in `values` even when it ends with an error.
template <class T>
plinth::Task<void> collect(plinth::Generator<T> stream, std::vector<T>& values) {
  while (auto value = co_await stream.next()) values.push_back(std::move(*value));
}

}  // namespace app
