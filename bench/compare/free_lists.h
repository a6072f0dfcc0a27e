#pragma once

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>

// Memory for nghttp2 in one thread: a freed block waits in the list of its size for the next call.
class FreeLists {
 public:
  void* allocate(std::size_t size);
  void* allocate_zeroed(std::size_t size);
  void* reallocate(void* block, std::size_t size);
  void release(void* block);

 private:
  static constexpr std::size_t kStep = 64;
  static constexpr std::size_t kLists = 33;

  // What stands before a block. A size of kLists steps or more is not kept.
  union Head {
    std::size_t steps;
    Head* next;
    std::max_align_t align;
  };

  static Head* head_of(void* block) { return static_cast<Head*>(block) - 1; }

  std::array<Head*, kLists> lists_{};
};

inline void* FreeLists::allocate(std::size_t size) {
  const std::size_t steps = (size + sizeof(Head) + kStep - 1) / kStep;
  Head* head = steps < kLists ? lists_[steps] : nullptr;
  if (head) {
    lists_[steps] = head->next;
  } else {
    head = static_cast<Head*>(std::malloc(steps * kStep));
    if (!head) return nullptr;
  }
  head->steps = steps;
  return head + 1;
}

inline void* FreeLists::allocate_zeroed(std::size_t size) {
  void* block = allocate(size);
  return block ? std::memset(block, 0, size) : nullptr;
}

inline void* FreeLists::reallocate(void* block, std::size_t size) {
  if (!block) return allocate(size);
  const std::size_t room = head_of(block)->steps * kStep - sizeof(Head);
  if (size <= room) return block;
  void* larger = allocate(size);
  if (!larger) return nullptr;
  std::memcpy(larger, block, room);
  release(block);
  return larger;
}

inline void FreeLists::release(void* block) {
  if (!block) return;
  Head* head = head_of(block);
  const std::size_t steps = head->steps;
  if (steps >= kLists) return std::free(head);
  head->next = lists_[steps];
  lists_[steps] = head;
}
