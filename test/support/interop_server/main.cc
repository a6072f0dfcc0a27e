#include <CLI/CLI.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "echo_metadata.h"
#include "load_service.h"
#include "plinth/server.h"
#include "plinth/settings.h"
#include "test_service.h"

namespace {

constexpr int kUsageError = 2;

struct Flags {
  std::optional<std::uint16_t> port;
  bool use_tls = false;
  std::string cert_file;
  std::string key_file;
};

void define(CLI::App& app, Flags& flags) {
  app.add_option("--port", flags.port, "Where to listen; 0: any port that is free. Else GRPC__SERVER__PORT");
  app.add_option("--use_tls", flags.use_tls, "true or false: whether to speak TLS")->capture_default_str();
  app.add_option("--tls_cert_file", flags.cert_file, "The certificate, in PEM")->check(CLI::ExistingFile);
  app.add_option("--tls_key_file", flags.key_file, "Its key, in PEM")->check(CLI::ExistingFile);
}

void check(const Flags& flags) {
  const bool complete = !flags.cert_file.empty() && !flags.key_file.empty();
  if (flags.use_tls && !complete) {
    throw CLI::ValidationError("--use_tls=true", "needs --tls_cert_file and --tls_key_file too");
  }
}

plinth::ServerSettings settings_of(const Flags& flags) {
  auto settings = plinth::Settings::from_environment().grpc.server;
  if (flags.port) settings.port = *flags.port;
  settings.tls = {};
  if (flags.use_tls) settings.tls = {flags.cert_file, flags.key_file, ""};
  return settings;
}

int serve(const Flags& flags) {
  plinth::GrpcServer server(settings_of(flags));
  server.add_interceptor(plinth::interop::EchoMetadata());
  const auto load = std::make_shared<plinth::interop::ServerLoad>();
  server.add_servicer(plinth::interop::TestService(load));
  server.add_servicer(plinth::interop::LoadService(load));
  return server.run();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The server of gRPC's interoperability tests (grpc.testing.TestService)");
  Flags flags;
  define(app, flags);
  try {
    app.parse(argc, argv);
    check(flags);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageError;
  }
  return serve(flags);
}
