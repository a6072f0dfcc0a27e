#include "base/bytes.h"

#include <new>

namespace plinth::base {

Bytes Bytes::allocate(std::size_t size) {
  Bytes bytes;
  void* memory = detail::pool_allocate(sizeof(Block) + size);
  bytes.block_ = new (memory) Block{size, 1};
  bytes.data_ = reinterpret_cast<std::byte*>(bytes.block_ + 1);
  bytes.size_ = size;
  return bytes;
}

Bytes Bytes::copy_of(ByteView source) {
  if (source.empty()) return {};
  Bytes bytes = allocate(source.size());
  std::memcpy(bytes.data_, source.data(), source.size());
  return bytes;
}

void Bytes::release() noexcept { detail::pool_free(block_, sizeof(Block) + block_->capacity); }

}  // namespace plinth::base
