#include "call/outbound.h"

#include <google/protobuf/message_lite.h>

#include <climits>
#include <cstring>

#include "wire/framing.h"

namespace plinth::call {

base::Bytes Outbound::serialize(const google::protobuf::MessageLite& message) const {
  const auto size = message.ByteSizeLong();
  if (size > INT_MAX) throw StatusError(resource_exhausted("a message of {} bytes: protobuf allows {}", size, INT_MAX));
  auto framed = base::Bytes::allocate(wire::kPrefixSize + size);
  message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(framed.mutable_data() + wire::kPrefixSize));
  if (encoding_ == wire::Encoding::kIdentity) {
    wire::write_prefix(framed.mutable_data(), false, static_cast<std::uint32_t>(size));
    return framed;
  }
  const auto packed = wire::compress(encoding_, framed.view().subspan(wire::kPrefixSize));
  auto compressed = base::Bytes::allocate(wire::kPrefixSize + packed.size());
  wire::write_prefix(compressed.mutable_data(), true, static_cast<std::uint32_t>(packed.size()));
  std::memcpy(compressed.mutable_data() + wire::kPrefixSize, packed.data(), packed.size());
  return compressed;
}

}  // namespace plinth::call
