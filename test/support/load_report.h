#pragma once

#include <string_view>

#include "grpc/testing/messages.pb.h"
#include "xds/data/orca/v3/orca_load_report.pb.h"

namespace plinth::interop {

using LoadReport = ::xds::data::orca::v3::OrcaLoadReport;

/// The trailing metadata that has the load report of a call (gRFC A51).
inline constexpr std::string_view kLoadReportKey = "endpoint-load-metrics-bin";

/// What the interop tests' own message says, as ORCA says it.
inline LoadReport load_report_of(const ::grpc::testing::TestOrcaReport& report) {
  LoadReport result;
  result.set_cpu_utilization(report.cpu_utilization());
  result.set_mem_utilization(report.memory_utilization());
  *result.mutable_request_cost() = report.request_cost();
  *result.mutable_utilization() = report.utilization();
  return result;
}

}  // namespace plinth::interop
