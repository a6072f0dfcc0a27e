#pragma once

#include <memory>

#include "server_load.h"
#include "xds/service/orca/v3/orca.pb.h"
#include "xds/service/orca/v3/orca.plinth.h"

namespace plinth::interop {

/// Tells what `load` says, again and again (gRFC A51).
class LoadService final : public ::xds::service::orca::v3::OpenRcaService::Servicer {
 public:
  using Request = ::xds::service::orca::v3::OrcaLoadReportRequest;

  explicit LoadService(std::shared_ptr<const ServerLoad> load) : load_(std::move(load)) {}

  /// In the interval asked for, but not more often than ten times a second.
  Generator<LoadReport> StreamCoreMetrics(ServerContext& context, const Request& request) override;

 private:
  std::shared_ptr<const ServerLoad> load_;
};

}  // namespace plinth::interop
