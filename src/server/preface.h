#pragma once

#include <cstddef>
#include <string>

#include "base/bytes.h"

namespace plinth::server {

/// Tells from its first bytes whether a client speaks HTTP/2 (RFC 9113, section 3.4), before a session sees them.
class PrefaceCheck {
 public:
  enum class Verdict { kNeedMore, kHttp2, kOther };

  /// Takes the next bytes, however they are split. kOther as soon as one is wrong.
  Verdict feed(base::ByteView bytes) noexcept;

  /// Whether the first bytes look like a request of HTTP/1, which can be told what is wrong.
  bool looks_like_http1() const noexcept { return first_is_letter_; }

 private:
  std::size_t matched_ = 0;
  bool started_ = false;
  bool first_is_letter_ = false;
};

/// What a client of HTTP/1 is told: a whole response.
std::string http1_answer();

}  // namespace plinth::server
