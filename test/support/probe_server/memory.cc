#include "memory.h"

#include <fstream>
#include <string>
#include <string_view>

namespace plinth::test {

namespace {

constexpr std::int64_t kKibibyte = 1024;

}  // namespace

Memory resident_memory() {
  Memory memory;
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    const auto bytes = [&](std::string_view field) { return std::stoll(line.substr(field.size())) * kKibibyte; };
    if (line.starts_with("VmRSS:")) memory.now = bytes("VmRSS:");
    if (line.starts_with("VmHWM:")) memory.peak = bytes("VmHWM:");
  }
  return memory;
}

}  // namespace plinth::test
