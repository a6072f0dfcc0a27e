#pragma once

#include <grpc/grpc.h>

#include <cstdint>

/// Of libgrpc, which exports it for tests and has no header for it.
std::uint32_t grpc_call_test_only_get_message_flags(grpc_call* call);

namespace grpcpp_interop {

/// Whether the message that was received last had been compressed.
inline bool received_compressed(grpc_call* call) {
  constexpr std::uint32_t kCompressed = 0x80000000u, kWasCompressed = 0x40000000u;
  return (grpc_call_test_only_get_message_flags(call) & (kCompressed | kWasCompressed)) != 0;
}

}  // namespace grpcpp_interop
