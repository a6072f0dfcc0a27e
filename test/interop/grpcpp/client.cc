#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "cases.h"

namespace {

struct Flags {
  std::string host = "localhost";
  int port = 0;
  std::string host_override;
  std::string ca_file;
};

std::shared_ptr<grpc::Channel> open_channel(const Flags& flags) {
  grpc::ChannelArguments arguments;
  arguments.SetInt("grpc.enable_http_proxy", 0);
  const auto target = flags.host + ":" + std::to_string(flags.port);
  if (flags.ca_file.empty()) return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
  if (!flags.host_override.empty()) arguments.SetSslTargetNameOverride(flags.host_override);
  std::ifstream file(flags.ca_file);
  grpc::SslCredentialsOptions options;
  options.pem_root_certs.assign(std::istreambuf_iterator<char>(file), {});
  return grpc::CreateCustomChannel(target, grpc::SslCredentials(options), arguments);
}

/// One line about one case.
bool report(const std::string& name, const grpcpp_interop::Case& run, const std::shared_ptr<grpc::Channel>& channel) {
  try {
    run(channel);
    std::cout << name << ": ok" << std::endl;
    return true;
  } catch (const std::exception& error) {
    std::cout << name << ": FAILED: " << error.what() << std::endl;
    return false;
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The client of gRPC's interoperability tests, by grpc++: runs all cases that it has");
  Flags flags;
  app.add_option("--server_host", flags.host);
  app.add_option("--server_port", flags.port)->required();
  app.add_option("--server_host_override", flags.host_override);
  app.add_option("--ca_file", flags.ca_file, "In PEM; without it the client speaks in the clear");
  CLI11_PARSE(app, argc, argv);
  const auto channel = open_channel(flags);
  bool passed = true;
  for (const auto& [name, run] : grpcpp_interop::cases()) passed &= report(name, run, channel);
  return passed ? 0 : 1;
}
