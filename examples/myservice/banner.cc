#include "banner.h"

#include <fmt/core.h>
#include <fmt/format.h>

namespace app {

namespace {

constexpr auto kCommands = R"(
With grpcurl:
  grpcurl {grpcurl} {target} list
  grpcurl {grpcurl} {target} describe myservice.MyService
  grpcurl {grpcurl} -d '{{"id": "123"}}' {target} myservice.MyService/GetResource
  grpcurl {grpcurl} {target} grpc.health.v1.Health/Check
With buf:
  buf curl {buf}://{target} --list-services
  buf curl {buf}://{target} --list-methods
  buf curl -d '{{"pageSize": 3}}' {buf}://{target}/myservice.MyService/ListResources
  buf curl {buf}://{target}/grpc.health.v1.Health/Check
)";

constexpr auto kPython = R"(With Python (python3-grpcio), without any generated code:
  python3 -c 'import grpc; print(grpc.insecure_channel("{target}").unary_unary("/myservice.MyService/GetResource")(b"\n\x03123"))'
)";

/// Where a client on this machine finds a server that listens at `address`.
std::string local_target(std::string_view address) {
  const auto colon = address.rfind(':');
  const auto host = address.substr(0, colon);
  if (host == "0.0.0.0" || host == "[::]") return fmt::format("localhost{}", address.substr(colon));
  return std::string(address);
}

}  // namespace

std::string banner(std::string_view address, bool tls) {
  auto text = fmt::format("\nmyservice listens at {}; Ctrl-C stops it. From another terminal:\n", address);
  const auto target = local_target(address);
  if (address.starts_with("unix:")) {
    text += "\n";
  } else {
    text += fmt::format(
        fmt::runtime(kCommands), fmt::arg("target", target), fmt::arg("grpcurl", tls ? "-insecure" : "-plaintext"),
        fmt::arg("buf", tls ? "-k --protocol grpc https" : "--protocol grpc --http2-prior-knowledge http"));
  }
  if (!tls) text += fmt::format(fmt::runtime(kPython), fmt::arg("target", target));
  return text + "\n";
}

}  // namespace app
