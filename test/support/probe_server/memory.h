#pragma once

#include <cstdint>

namespace plinth::test {

/// The resident memory of this process, bytes.
struct Memory {
  std::int64_t now = 0;
  std::int64_t peak = 0;
};

Memory resident_memory();

}  // namespace plinth::test
