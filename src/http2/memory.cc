#include "http2/memory.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

#include "plinth/detail/pool.h"

namespace plinth::http2 {

namespace {

/// What stands before a block: nghttp2 frees without saying the size.
struct alignas(std::max_align_t) Head {
  std::size_t size;
};

Head* head_of(void* block) noexcept { return static_cast<Head*>(block) - 1; }

void* allocate(std::size_t size, void*) noexcept {
  try {
    return new (detail::pool_allocate(sizeof(Head) + size)) Head{size} + 1;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void release(void* block, void*) noexcept {
  if (block) detail::pool_free(head_of(block), sizeof(Head) + head_of(block)->size);
}

void* allocate_zeroed(std::size_t count, std::size_t size, void*) noexcept {
  void* block = allocate(count * size, nullptr);
  return block ? std::memset(block, 0, count * size) : nullptr;
}

void* reallocate(void* block, std::size_t size, void*) noexcept {
  void* larger = allocate(size, nullptr);
  if (!block || !larger) return larger;
  std::memcpy(larger, block, std::min(size, head_of(block)->size));
  release(block, nullptr);
  return larger;
}

}  // namespace

nghttp2_mem* pooled_memory() noexcept {
  static nghttp2_mem memory{nullptr, allocate, release, allocate_zeroed, reallocate};
  return &memory;
}

}  // namespace plinth::http2
