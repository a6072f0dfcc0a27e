#include "plinth/detail/pool.h"

#include <array>
#include <bit>
#include <cstdint>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PLINTH_POOL_OFF 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PLINTH_POOL_OFF 1
#endif

namespace plinth::detail {

#ifdef PLINTH_POOL_OFF

// The sanitizers see every life and death of a block.
void* pool_allocate(std::size_t size) { return ::operator new(size); }
void pool_free(void* block, std::size_t) noexcept { ::operator delete(block); }

#else

namespace {

constexpr std::size_t kSmallest = 64;
// As large as messages often are: the general allocator gives such blocks back to the system each time, and the page
// faults of getting them again cost twenty times what filling them does.
constexpr std::size_t kLargest = 2 * 1024 * 1024;
constexpr std::size_t kBytesKeptPerClass = 512 * 1024;
constexpr std::size_t kLeastBlocksKept = 2;
constexpr std::size_t kClasses = std::countr_zero(kLargest) - std::countr_zero(kSmallest) + 1;

constexpr std::size_t class_of(std::size_t size) noexcept {
  return size <= kSmallest ? 0 : static_cast<std::size_t>(std::bit_width(size - 1) - std::bit_width(kSmallest - 1));
}
constexpr std::size_t size_of(std::size_t size_class) noexcept { return kSmallest << size_class; }
constexpr std::size_t blocks_kept(std::size_t size_class) noexcept {
  const std::size_t blocks = (kBytesKeptPerClass / kSmallest) >> size_class;
  return blocks > kLeastBlocksKept ? blocks : kLeastBlocksKept;
}

struct FreeBlock {
  FreeBlock* next;
};

struct FreeList {
  FreeBlock* head = nullptr;
  std::size_t count = 0;

  void push(void* block) noexcept {
    head = new (block) FreeBlock{head};
    ++count;
  }
  void* pop() noexcept {
    FreeBlock* block = head;
    head = block->next;
    --count;
    return block;
  }
};

enum class State : std::uint8_t { kNew, kOpen, kClosed };

// Without a destructor, so that it may be used until the thread's very end: by other thread-local objects that are
// destroyed after the blocks have been given back.
struct ThreadPool {
  std::array<FreeList, kClasses> lists;
  State state = State::kNew;
};

constinit thread_local ThreadPool pool;

struct Closer {
  ~Closer() {
    for (auto& list : pool.lists) {
      while (list.head) ::operator delete(list.pop());
    }
    pool.state = State::kClosed;
  }
};

bool open() noexcept {
  if (pool.state == State::kNew) {
    thread_local Closer closer;
    pool.state = State::kOpen;
  }
  return pool.state == State::kOpen;
}

}  // namespace

void* pool_allocate(std::size_t size) {
  if (size > kLargest) return ::operator new(size);
  const auto size_class = class_of(size);
  auto& list = pool.lists[size_class];
  return list.head ? list.pop() : ::operator new(size_of(size_class));
}

void pool_free(void* block, std::size_t size) noexcept {
  if (size > kLargest) return ::operator delete(block);
  const auto size_class = class_of(size);
  auto& list = pool.lists[size_class];
  if (list.count >= blocks_kept(size_class) || (pool.state != State::kOpen && !open())) {
    return ::operator delete(block);
  }
  list.push(block);
}

#endif

}  // namespace plinth::detail
