#pragma once

#include <memory>
#include <string>

#include "plinth/interceptor.h"
#include "plinth/server.h"
#include "plinth/servicer.h"
#include "plinth/settings.h"
#include "plinth/status.h"
#include "plinth/stub.h"
#include "plinth/telemetry.h"

namespace plinth {

/// The port for those who run the program: HTTP/1.1 on the server's own workers, where OBSERVABILITY__METRICS_HOST and
/// _PORT say (loopback, 9464). "/" lists its pages: /metrics, /healthz, /readyz, /livez, /statusz, /configz, /channelz,
/// /loglevel. doc/admin.md tells what each answers.
///
///     AdminServer admin(settings, server, telemetry);
///     server.add_interceptor(admin.interceptor());                     // before all others
///     server.add_servicer(admin.channelz_servicer());                  // only if wanted
///     if (const auto status = admin.start(); !status.ok()) ...         // one line: the port is taken
///     return server.run();
///
/// Who reaches the port may read all of it and change the level of the log: it has no authentication. Its functions are
/// called from one thread that is no worker's.
class AdminServer {
 public:
  /// `server` must outlive it.
  AdminServer(Settings settings, GrpcServer& server, const Telemetry& telemetry);
  /// Stops it.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  /// Counts and times the server's calls for /statusz: to be added to it first, so that it is the outermost.
  std::shared_ptr<Interceptor> interceptor() const;

  /// grpc.channelz.v1.Channelz (gRFC A14), to be added to the server. It tells every caller who is connected: an
  /// AuthInterceptor asks for a token, unless its policy says otherwise.
  std::shared_ptr<BaseServicer> channelz_servicer() const;

  /// A channel that channelz tells of, while there are other owners of it. Channels of GrpcClientFactory can be shown.
  AdminServer& add_channel(const std::shared_ptr<Channel>& channel);

  /// Listens, and answers until `stop`: before, while and after the gRPC server runs. With port 0 it does nothing. The
  /// Status says why it cannot: a port in use, a bad host.
  Status start();

  /// Closes the port; its gauges stay as they are.
  void stop();

  /// "127.0.0.1:9464"; empty when it does not listen.
  std::string address() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace plinth
