#include "flags.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace plinth::test {

namespace {

constexpr int kUsageError = 2;

const CLI::Range kBytes(0, 64 << 20);

void define_calls(CLI::App& app, Flags& flags) {
  app.add_option("--method", flags.method, "Of plinth.test.Probe; GetResource: of myservice.MyService")
      ->check(CLI::IsMember({"Echo", "Fail", "Hang", "Flood", "Drain", "Chat", "GetResource"}))
      ->capture_default_str();
  app.add_option("--size", flags.size, "Bytes of each message that is sent")->check(kBytes);
  app.add_option("--reply_size", flags.reply_size, "Bytes of each message that is asked for")->check(kBytes);
  app.add_option("--messages", flags.messages, "In each stream")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--code", flags.code, "What Fail is to fail with");
  app.add_option("--message", flags.message, "What Fail is to say");
  app.add_option("--metadata", flags.metadata, "KEY=VALUE, sent with each call; may be repeated");
  app.add_flag("--gzip", flags.gzip, "Send messages compressed");
  app.add_flag("--wait_for_ready", flags.wait_for_ready, "Wait for a backend that can be reached");
  app.add_option("--deadline_ms", flags.deadline_ms, "Of each call; without it the settings' default");
  app.add_option("--cancel_after_ms", flags.cancel_after_ms, "Cancel each call after so long");
}

void define_load(CLI::App& app, Flags& flags) {
  app.add_option("--calls", flags.calls, "How many calls; 0: as many as come")->capture_default_str();
  app.add_option("--duration", flags.duration, "Begin no call after so many seconds; 0: at any time");
  app.add_option("--concurrency", flags.concurrency, "Calls at the same time")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--pause_ms", flags.pause_ms, "The wait between the end of a call and the next");
  app.add_flag("--each", flags.each, "Tell of each call; else only of those that fail");
  app.add_flag("--threads", flags.threads, "Call from a thread that is no worker");
}

void define_channel(CLI::App& app, Flags& flags) {
  app.add_option("target", flags.target, "Such as ipv4:127.0.0.1:50051,127.0.0.1:50052")->required();
  app.add_flag("--secure", flags.secure, "TLS, with the files of GRPC__CLIENT__TLS__...");
  app.add_option("--authority", flags.authority, "What the server is called");
  app.add_option("--token", flags.token, "Send it as the bearer token of each call, over TLS alone");
  app.add_option("--service_config", flags.service_config, "In JSON");
}

}  // namespace

ChannelOptions Flags::channel_options() const {
  return {.secure = secure, .authority = authority, .service_config = service_config};
}

CallOptions Flags::call_options() const {
  CallOptions options;
  if (deadline_ms) options.timeout = std::chrono::milliseconds(*deadline_ms);
  if (wait_for_ready) options.wait_for_ready = true;
  options.compress = gzip;
  for (const auto& pair : metadata) {
    const auto equals = pair.find('=');
    options.metadata.add(pair.substr(0, equals), equals == std::string::npos ? "" : pair.substr(equals + 1));
  }
  return options;
}

Flags read_flags(int argc, char** argv) {
  CLI::App app(
      "Calls plinth.test.Probe and tells what it sees, one JSON object a line. GRPC__CLIENT__... are its settings.");
  Flags flags;
  define_channel(app, flags);
  define_calls(app, flags);
  define_load(app, flags);
  try {
    app.parse(argc, argv);
    if (flags.calls == 0 && flags.duration == 0) throw CLI::ValidationError("--calls=0", "needs --duration");
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : kUsageError);
  }
  return flags;
}

}  // namespace plinth::test
