#include "plinth/detail/pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>
#include <vector>

namespace {
std::atomic<std::int64_t> live_blocks = 0;
}  // namespace

// Every block of this program is counted, so that what the pool keeps and gives back can be seen.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* block = std::malloc(size);
  if (!block) throw std::bad_alloc();
  ++live_blocks;
  return block;
}
[[gnu::noinline]] void operator delete(void* block) noexcept {
  if (!block) return;
  --live_blocks;
  std::free(block);
}
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept { ::operator delete(block); }

namespace plinth::detail {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif

TEST(Pool, BlocksOfEverySizeHoldTheirSize) {
  std::vector<std::pair<char*, std::size_t>> blocks;
  for (std::size_t size : {0, 1, 63, 64, 65, 127, 128, 129, 1000, 4096, 16384, 16385, 1 << 20, (1 << 21) + 1}) {
    auto* block = static_cast<char*>(pool_allocate(size));
    std::memset(block, static_cast<int>(blocks.size()), size);
    blocks.emplace_back(block, size);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto& [block, size] = blocks[i];
    for (std::size_t at = 0; at < size; ++at) ASSERT_EQ(block[at], static_cast<char>(i)) << "size " << size;
    pool_free(block, size);
  }
}

TEST(Pool, BlocksAreAligned) {
  for (std::size_t size : {1, 100, 5000, 100'000}) {
    void* block = pool_allocate(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % __STDCPP_DEFAULT_NEW_ALIGNMENT__, 0u) << "size " << size;
    pool_free(block, size);
  }
}

TEST(Pool, AFreeBlockOfTheSameClassIsUsedAgain) {
  if (!kPooled) GTEST_SKIP() << "the sanitizers see every block";
  void* first = pool_allocate(200);
  pool_free(first, 200);
  void* second = pool_allocate(129);
  EXPECT_EQ(first, second);
  pool_free(second, 129);
}

TEST(Pool, ABlockIsNotUsedForALargerClass) {
  void* small = pool_allocate(128);
  pool_free(small, 128);
  void* large = pool_allocate(129);
  std::memset(large, 1, 129);
  pool_free(large, 129);
  EXPECT_TRUE(!kPooled || small != large);
}

std::int64_t blocks_kept_of(std::size_t size) {
  const auto before = live_blocks.load();
  {
    std::vector<void*> blocks;
    for (int i = 0; i < 1000; ++i) blocks.push_back(pool_allocate(size));
    for (void* block : blocks) pool_free(block, size);
  }
  return live_blocks.load() - before;
}

TEST(Pool, KeepsABoundedNumberOfFreeBlocks) {
  EXPECT_LE(blocks_kept_of(16384), 32) << "half a MiB is what a size class may keep";
  EXPECT_LE(blocks_kept_of(1024 * 1024), 2) << "and at least two blocks";
  EXPECT_LE(blocks_kept_of(3 * 1024 * 1024), 0) << "very large blocks are not kept";
}

TEST(Pool, ABlockMayBeFreedOnAnotherThread) {
  void* block = pool_allocate(300);
  std::memset(block, 7, 300);
  std::thread([block] {
    pool_free(block, 300);
    void* mine = pool_allocate(300);
    std::memset(mine, 8, 300);
    pool_free(mine, 300);
  }).join();
}

TEST(Pool, AThreadGivesItsFreeBlocksBackAtItsEnd) {
  const auto before = live_blocks.load();
  std::thread([] {
    std::vector<void*> blocks;
    for (int i = 0; i < 10; ++i) blocks.push_back(pool_allocate(500));
    for (void* block : blocks) pool_free(block, 500);
  }).join();
  EXPECT_EQ(live_blocks.load(), before);
}

struct LateUser {
  void* held = nullptr;
  ~LateUser() {
    pool_free(held, 500);
    void* block = pool_allocate(500);
    std::memset(block, 1, 500);
    pool_free(block, 500);
  }
};

TEST(Pool, CanBeUsedByWhatIsDestroyedAfterIt) {
  const auto before = live_blocks.load();
  std::thread([] {
    thread_local LateUser user;  // made before the pool has anything to give back, so destroyed after
    user.held = pool_allocate(500);
    pool_free(pool_allocate(500), 500);
  }).join();
  EXPECT_EQ(live_blocks.load(), before) << "a block freed after the pool's end must go back at once";
}

}  // namespace
}  // namespace plinth::detail
