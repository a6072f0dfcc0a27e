#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace plinth::base {

void assertion_failed(const char* expression, const char* sentence, const char* file, int line) noexcept {
  std::fprintf(stderr, "%s:%d: %s\n  (expected: %s)\n", file, line, sentence, expression);
  std::abort();
}

}  // namespace plinth::base
