#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace plinth::interceptors {

/// Picks one of so many calls of a method, and every call of the others. From any thread.
class LogSampler {
 public:
  /// By path. One of 0 is none.
  explicit LogSampler(const std::map<std::string, std::uint32_t>& one_of);

  bool pick(std::string_view path) noexcept;

 private:
  struct Sampled {
    std::uint32_t one_of;
    std::atomic<std::uint32_t> calls = 0;
  };
  std::map<std::string, Sampled, std::less<>> methods_;
};

}  // namespace plinth::interceptors
