#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "test_service.h"

namespace {

struct Flags {
  int port = 0;
  std::string cert_file;
  std::string key_file;
};

std::string read_file(const std::string& name) {
  std::ifstream file(name);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::shared_ptr<grpc::ServerCredentials> credentials_of(const Flags& flags) {
  if (flags.cert_file.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({read_file(flags.key_file), read_file(flags.cert_file)});
  return grpc::SslServerCredentials(options);
}

/// Blocks the signals that end the program, for the threads that are yet to come too.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int serve(const Flags& flags) {
  const auto signals = block_signals();
  grpcpp_interop::TestService service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + std::to_string(flags.port), credentials_of(flags), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (!server || port == 0) return 1;
  std::cout << R"({"event":"grpc_server_started","address":"127.0.0.1:)" << port << "\"}" << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The server of gRPC's interoperability tests, by grpc++; ends with SIGTERM");
  Flags flags;
  app.add_option("--port", flags.port, "0: any port that is free");
  app.add_option("--tls_cert_file", flags.cert_file, "In PEM; without it the server speaks in the clear");
  app.add_option("--tls_key_file", flags.key_file, "Its key, in PEM");
  CLI11_PARSE(app, argc, argv);
  return serve(flags);
}
