#include "plinth/server.h"
#include "plinth/settings.h"
#include "probe.h"

int main() {
  plinth::GrpcServer server(plinth::Settings::from_environment().grpc.server);
  server.add_servicer(std::make_shared<plinth::test::ProbeServicer>());
  return server.run();
}
