#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plinth/channel_state.h"

/// What servers and channels do at one moment, as channelz tells it (gRFC A14). Ids are the program's: no two of its
/// servers, channels, subchannels and sockets have the same.
namespace plinth::channelz {

/// The epoch of the clock: never.
using Time = std::chrono::system_clock::time_point;

/// Calls, or the streams of a connection. What is neither is running. Each attempt of a call counts with its
/// subchannel.
struct Counts {
  std::uint64_t started = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  Time last_started = {};
};

/// A connection, or what a server listens on.
struct Socket {
  std::int64_t id = 0;
  /// As Peer::address writes it; `local` is empty when it is not known.
  std::string local;
  std::string remote;
  /// Whether the peer has opened its streams, or this side.
  bool is_server = false;
  /// Whether it is encrypted, and who the peer proved to be.
  bool secure = false;
  std::string tls_subject;

  Counts streams;
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t keep_alives_sent = 0;
  /// Bytes that this side may receive, and may send, before it must wait.
  std::optional<std::int64_t> local_window;
  std::optional<std::int64_t> remote_window;
};

/// One address of a channel on one worker.
struct Subchannel {
  std::int64_t id = 0;
  std::string address;
  ChannelState state = ChannelState::kIdle;
  Counts calls;
  std::vector<Socket> sockets;
};

struct Channel {
  std::int64_t id = 0;
  std::string target;
  ChannelState state = ChannelState::kIdle;
  Counts calls;
  std::vector<Subchannel> subchannels;
};

struct Server {
  std::int64_t id = 0;
  Counts calls;
  std::vector<Socket> listen_sockets;
  std::vector<Socket> sockets;
};

}  // namespace plinth::channelz
