#include "services/channelz_messages.h"

#include <arpa/inet.h>

#include <charconv>
#include <optional>
#include <string_view>

namespace plinth::services {

namespace {

namespace messages = grpc::channelz::v1;

constexpr std::string_view kIpv4 = "ipv4:", kIpv6 = "ipv6:", kUnix = "unix:";

messages::ChannelConnectivityState::State to_state(ChannelState state) noexcept {
  switch (state) {
    case ChannelState::kIdle: return messages::ChannelConnectivityState::IDLE;
    case ChannelState::kConnecting: return messages::ChannelConnectivityState::CONNECTING;
    case ChannelState::kReady: return messages::ChannelConnectivityState::READY;
    case ChannelState::kTransientFailure: return messages::ChannelConnectivityState::TRANSIENT_FAILURE;
    case ChannelState::kShutdown: return messages::ChannelConnectivityState::SHUTDOWN;
  }
  return messages::ChannelConnectivityState::UNKNOWN;
}

void set_time(google::protobuf::Timestamp& timestamp, channelz::Time time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  timestamp.set_seconds(seconds.count());
  timestamp.set_nanos(static_cast<std::int32_t>(std::chrono::nanoseconds(since - seconds).count()));
}

/// ServerData and ChannelData have the same names.
template <class Data>
void set_calls(Data& data, const channelz::Counts& calls) {
  data.set_calls_started(static_cast<std::int64_t>(calls.started));
  data.set_calls_succeeded(static_cast<std::int64_t>(calls.succeeded));
  data.set_calls_failed(static_cast<std::int64_t>(calls.failed));
  if (calls.last_started != channelz::Time()) set_time(*data.mutable_last_call_started_timestamp(), calls.last_started);
}

messages::SubchannelRef reference_to(const channelz::Subchannel& subchannel) {
  messages::SubchannelRef reference;
  reference.set_subchannel_id(subchannel.id);
  reference.set_name(subchannel.address);
  return reference;
}

/// A stream is opened by the client: remote for a server, local for a client. Only one of both is ever known.
void set_streams(messages::SocketData& data, const channelz::Socket& socket) {
  data.set_streams_started(static_cast<std::int64_t>(socket.streams.started));
  data.set_streams_succeeded(static_cast<std::int64_t>(socket.streams.succeeded));
  data.set_streams_failed(static_cast<std::int64_t>(socket.streams.failed));
  if (socket.streams.last_started == channelz::Time()) return;
  auto& time = socket.is_server ? *data.mutable_last_remote_stream_created_timestamp()
                                : *data.mutable_last_local_stream_created_timestamp();
  set_time(time, socket.streams.last_started);
}

/// The bytes of an address, and its port; none when it is no address of the family.
template <std::size_t kSize>
std::optional<messages::Address::TcpIpAddress> to_tcp(int family, std::string_view host, std::string_view port) {
  char bytes[kSize];
  int number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  if (::inet_pton(family, std::string(host).c_str(), bytes) != 1) return std::nullopt;
  messages::Address::TcpIpAddress address;
  address.set_ip_address(bytes, kSize);
  address.set_port(number);
  return address;
}

std::optional<messages::Address::TcpIpAddress> parse_tcp(std::string_view text) {
  if (!text.starts_with(kIpv4) && !text.starts_with(kIpv6)) return std::nullopt;
  const auto colon = text.rfind(':');
  if (colon < kIpv4.size()) return std::nullopt;
  auto host = text.substr(kIpv4.size(), colon - kIpv4.size());
  const auto port = text.substr(colon + 1);
  if (text.starts_with(kIpv4)) return to_tcp<4>(AF_INET, host, port);
  if (!host.starts_with('[') || !host.ends_with(']')) return std::nullopt;
  return to_tcp<16>(AF_INET6, host.substr(1, host.size() - 2), port);
}

}  // namespace

messages::Address to_address(const std::string& text) {
  messages::Address address;
  if (auto tcp = parse_tcp(text)) {
    *address.mutable_tcpip_address() = *std::move(tcp);
  } else if (text.starts_with(kUnix)) {
    address.mutable_uds_address()->set_filename(text.substr(kUnix.size()));
  } else {
    address.mutable_other_address()->set_name(text);
  }
  return address;
}

messages::SocketRef to_reference(const channelz::Socket& socket) {
  messages::SocketRef reference;
  reference.set_socket_id(socket.id);
  reference.set_name(socket.remote.empty() ? socket.local : socket.remote);
  return reference;
}

messages::Socket to_message(const channelz::Socket& socket) {
  messages::Socket message;
  *message.mutable_ref() = to_reference(socket);
  auto& data = *message.mutable_data();
  set_streams(data, socket);
  data.set_messages_sent(static_cast<std::int64_t>(socket.messages_sent));
  data.set_messages_received(static_cast<std::int64_t>(socket.messages_received));
  data.set_keep_alives_sent(static_cast<std::int64_t>(socket.keep_alives_sent));
  if (socket.local_window) data.mutable_local_flow_control_window()->set_value(*socket.local_window);
  if (socket.remote_window) data.mutable_remote_flow_control_window()->set_value(*socket.remote_window);
  if (!socket.local.empty()) *message.mutable_local() = to_address(socket.local);
  if (!socket.remote.empty()) *message.mutable_remote() = to_address(socket.remote);
  if (socket.secure) message.mutable_security()->mutable_tls();
  message.set_remote_name(socket.tls_subject);
  return message;
}

messages::Subchannel to_message(const channelz::Subchannel& subchannel) {
  messages::Subchannel message;
  *message.mutable_ref() = reference_to(subchannel);
  auto& data = *message.mutable_data();
  data.mutable_state()->set_state(to_state(subchannel.state));
  data.set_target(subchannel.address);
  set_calls(data, subchannel.calls);
  for (const auto& socket : subchannel.sockets) *message.add_socket_ref() = to_reference(socket);
  return message;
}

messages::Channel to_message(const channelz::Channel& channel) {
  messages::Channel message;
  message.mutable_ref()->set_channel_id(channel.id);
  message.mutable_ref()->set_name(channel.target);
  auto& data = *message.mutable_data();
  data.mutable_state()->set_state(to_state(channel.state));
  data.set_target(channel.target);
  set_calls(data, channel.calls);
  for (const auto& subchannel : channel.subchannels) *message.add_subchannel_ref() = reference_to(subchannel);
  return message;
}

messages::Server to_message(const channelz::Server& server) {
  messages::Server message;
  message.mutable_ref()->set_server_id(server.id);
  set_calls(*message.mutable_data(), server.calls);
  for (const auto& socket : server.listen_sockets) *message.add_listen_socket() = to_reference(socket);
  return message;
}

}  // namespace plinth::services
