#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plinth/metadata.h"

namespace plinth::interop {

/// How rpc_soak and channel_soak go on.
struct SoakFlags {
  std::size_t iterations = 10;
  /// Calls that may fail, or take too long.
  std::size_t max_failures = 0;
  std::int64_t max_latency_ms = 1000;
  /// After this no call is begun; without it, as long as all iterations may take.
  std::optional<std::int64_t> overall_timeout_seconds;
  /// From the begin of one call to that of the next.
  std::int64_t min_time_ms_between_rpcs = 0;
  std::int32_t request_size = 271828;
  std::int32_t response_size = 314159;
};

/// What the command line asks for: the flags of gRPC's interop-test-descriptions.md.
struct Flags {
  std::string server_host = "localhost";
  std::uint16_t server_port = 0;
  std::string server_host_override;
  bool use_tls = false;
  std::string ca_file;
  std::vector<std::string> test_cases;
  std::string service_config_json;
  Metadata additional_metadata;
  SoakFlags soak;
  /// Calls are made on a worker of a runtime, as handlers make them, and not from the main thread.
  bool on_worker = false;
};

/// Reads the command line; ends the program with exit code 2 and a sentence when it is wrong.
Flags read_flags(int argc, char** argv);

}  // namespace plinth::interop
