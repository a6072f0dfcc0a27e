#pragma once

#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

/// How much memory a program holds: replaces the global operators new and delete, so only one file of a program may
/// include it.
namespace plinth::test {

inline std::atomic<std::size_t> live_bytes = 0;

}  // namespace plinth::test

[[gnu::noinline]] void* operator new(std::size_t size) {
  void* block = std::malloc(size);
  if (!block) throw std::bad_alloc();
  plinth::test::live_bytes += malloc_usable_size(block);
  return block;
}
[[gnu::noinline]] void operator delete(void* block) noexcept {
  if (block) plinth::test::live_bytes -= malloc_usable_size(block);
  std::free(block);
}
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { ::operator delete(block); }
