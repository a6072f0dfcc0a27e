#pragma once

#include <cstddef>

namespace plinth::detail {

/// Memory for what comes and goes with every call: coroutine frames, messages, calls.
/// Free blocks are kept a thread, by size class, so that a worker's calls neither lock nor reach the general allocator.
/// A block may be freed on another thread than the one that allocated it; `size` must be the same both times.
void* pool_allocate(std::size_t size);
void pool_free(void* block, std::size_t size) noexcept;

}  // namespace plinth::detail
