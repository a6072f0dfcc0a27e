#pragma once

#include <cstdint>
#include <initializer_list>

#include "plinth/status.h"

namespace plinth::client {

/// Some of the seventeen status codes.
class StatusCodeSet {
 public:
  constexpr StatusCodeSet() noexcept = default;
  constexpr StatusCodeSet(std::initializer_list<StatusCode> codes) noexcept {
    for (const auto code : codes) add(code);
  }

  constexpr void add(StatusCode code) noexcept { bits_ |= bit(code); }
  constexpr bool contains(StatusCode code) const noexcept { return (bits_ & bit(code)) != 0; }
  constexpr bool empty() const noexcept { return bits_ == 0; }

  friend constexpr bool operator==(StatusCodeSet, StatusCodeSet) noexcept = default;

 private:
  static constexpr std::uint32_t bit(StatusCode code) noexcept { return 1U << static_cast<unsigned>(code); }

  std::uint32_t bits_ = 0;
};

}  // namespace plinth::client
