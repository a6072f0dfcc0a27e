#pragma once

#include <array>
#include <list>
#include <string>
#include <string_view>
#include <utility>

namespace plinth::wire {

/// The texts that encoded fields point to. Fields point into these, the status and the metadata: keep all of them,
/// where they are, until the fields have been handed over.
class FieldTexts {
 public:
  /// The text as a view that is valid until `clear`.
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  /// Room for the one text that ordinary requests have, so that they allocate nothing.
  std::array<char, 16>& timeout() noexcept { return timeout_; }

  void clear() noexcept { texts_.clear(); }

 private:
  std::list<std::string> texts_;  // a vector would move its short strings when it grows
  std::array<char, 16> timeout_{};
};

}  // namespace plinth::wire
