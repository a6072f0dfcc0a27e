#pragma once

#include <cstdint>
#include <string_view>

namespace plinth {

enum class CallKind : std::uint8_t { kUnary, kServerStreaming, kClientStreaming, kBidirectional };

/// "unary", "server_streaming", "client_streaming", "bidirectional".
std::string_view to_string(CallKind kind) noexcept;

/// A method as generated code describes it. `path` is what goes into HTTP/2's :path, "/package.Service/Method", and
/// lives as long as the program (it is a literal of the generated code), unless `registered` is false.
struct Method {
  std::string_view path;
  CallKind kind = CallKind::kUnary;
  /// False for what a peer has asked for and nobody serves: its path is the peer's, and goes with the call.
  bool registered = true;

  /// "package.Service"
  constexpr std::string_view service() const noexcept { return path.substr(1, path.rfind('/') - 1); }
  /// "Method"
  constexpr std::string_view name() const noexcept { return path.substr(path.rfind('/') + 1); }

  constexpr bool client_streams() const noexcept {
    return kind == CallKind::kClientStreaming || kind == CallKind::kBidirectional;
  }
  constexpr bool server_streams() const noexcept {
    return kind == CallKind::kServerStreaming || kind == CallKind::kBidirectional;
  }
};

}  // namespace plinth
