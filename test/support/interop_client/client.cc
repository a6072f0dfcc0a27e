#include "client.h"

#include "additional_metadata.h"
#include "plinth/settings.h"

namespace plinth::interop {

namespace {

/// A server that never answers fails a case, and does not hold up the program.
constexpr auto kPatience = std::chrono::minutes(2);

ClientSettings settings_of(const Flags& flags) {
  auto settings = Settings::from_environment().grpc.client;
  settings.default_timeout = kPatience;
  // Several cases ask for failures.
  settings.enable_circuit_breaker = false;
  if (!flags.ca_file.empty()) settings.tls.ca_file = flags.ca_file;
  return settings;
}

std::string target_of(const Flags& flags) {
  const bool is_ipv6 = flags.server_host.find(':') != std::string::npos;
  const auto host = is_ipv6 ? "[" + flags.server_host + "]" : flags.server_host;
  return fmt::format("dns:///{}:{}", host, flags.server_port);
}

ChannelOptions options_of(const Flags& flags) {
  return {
      .secure = flags.use_tls, .authority = flags.server_host_override, .service_config = flags.service_config_json};
}

}  // namespace

Client::Client(Flags flags)
    : flags_(std::move(flags)), witness_(std::make_shared<Witness>()), factory_(settings_of(flags_)) {
  factory_.add_interceptor(witness_);
  if (!flags_.additional_metadata.empty()) factory_.add_interceptor(AdditionalMetadata(flags_.additional_metadata));
  renew_channel();
}

void Client::renew_channel() {
  stub_.reset();
  channel_.reset();
  channel_ = factory_.create_channel(target_of(flags_), options_of(flags_));
  stub_ = factory_.create_stub<Stub>(channel_);
}

}  // namespace plinth::interop
