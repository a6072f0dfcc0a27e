#include "plinth/method.h"

namespace plinth {

std::string_view to_string(CallKind kind) noexcept {
  switch (kind) {
    case CallKind::kUnary: return "unary";
    case CallKind::kServerStreaming: return "server_streaming";
    case CallKind::kClientStreaming: return "client_streaming";
    case CallKind::kBidirectional: return "bidirectional";
  }
  return "unknown";
}

}  // namespace plinth
