#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plinth/client.h"

namespace plinth::test {

/// What the command line asks for.
struct Flags {
  std::string target;

  /// Of plinth.test.Probe; GetResource is the example's.
  std::string method = "Echo";
  /// Bytes of each message that is sent, and of each that is asked for.
  std::int32_t size = 0;
  std::int32_t reply_size = 0;
  /// In each stream.
  std::int32_t messages = 10;
  /// What Fail is to fail with.
  std::int32_t code = 5;
  std::string message = "told to fail";
  std::vector<std::string> metadata;
  bool gzip = false;
  bool wait_for_ready = false;
  std::optional<std::int64_t> deadline_ms;
  std::optional<std::int64_t> cancel_after_ms;

  std::size_t calls = 1;
  double duration = 0;
  std::size_t concurrency = 1;
  std::int64_t pause_ms = 0;
  bool each = false;
  bool threads = false;

  bool secure = false;
  std::string authority;
  /// Sent with each call, as CredentialsInterceptor does it; empty: none.
  std::string token;
  std::string service_config;

  ChannelOptions channel_options() const;
  CallOptions call_options() const;
};

/// Reads the command line; ends the program with exit code 2 when it is wrong.
Flags read_flags(int argc, char** argv);

}  // namespace plinth::test
