#include "interceptors/log_sampler.h"

namespace plinth::interceptors {

LogSampler::LogSampler(const std::map<std::string, std::uint32_t>& one_of) {
  for (const auto& [path, count] : one_of) methods_.try_emplace(path, count);
}

bool LogSampler::pick(std::string_view path) noexcept {
  const auto found = methods_.find(path);
  if (found == methods_.end()) return true;
  auto& [one_of, calls] = found->second;
  return one_of != 0 && calls.fetch_add(1, std::memory_order_relaxed) % one_of == 0;
}

}  // namespace plinth::interceptors
