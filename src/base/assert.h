#pragma once

namespace plinth::base {

/// Prints where, what was expected and what to do, and ends the program.
[[noreturn]] void assertion_failed(const char* expression, const char* sentence, const char* file, int line) noexcept;

}  // namespace plinth::base

/// For misuse by the programmer, in every build. `sentence` says what to do instead.
#define PLINTH_ASSERT(expression, sentence)             \
  (static_cast<bool>(expression) ? static_cast<void>(0) \
                                 : ::plinth::base::assertion_failed(#expression, sentence, __FILE__, __LINE__))
