#include <google/protobuf/util/message_differencer.h>

#include <array>
#include <chrono>

#include "cases.h"
#include "client.h"
#include "expect.h"
#include "messages.h"
#include "plinth/async.h"
#include "support/load_report.h"
#include "xds/service/orca/v3/orca.pb.h"
#include "xds/service/orca/v3/orca.plinth.h"

namespace plinth::interop {

namespace {

using namespace std::chrono_literals;
using ::google::protobuf::util::MessageDifferencer;
using ::grpc::testing::TestOrcaReport;
using ::xds::service::orca::v3::OpenRcaService;
using Reports = ClientReader<LoadReport>;

constexpr Duration kReportLimit = 30s;

TestOrcaReport report_of(double cpu, double memory, double utilization) {
  TestOrcaReport report;
  report.set_cpu_utilization(cpu);
  report.set_memory_utilization(memory);
  (*report.mutable_utilization())["util"] = utilization;
  return report;
}

LoadReport report_in(const Metadata& trailing) {
  const auto text = trailing.get(kLoadReportKey);
  expect(text.has_value(), "the trailing metadata of UnaryCall should have {}", kLoadReportKey);
  LoadReport report;
  expect(report.ParseFromString(std::string(*text)), "{} should be an OrcaLoadReport", kLoadReportKey);
  return report;
}

/// A call tells what it has cost.
Task<void> orca_per_rpc(Client& client) {
  auto sent = report_of(0.8210, 0.5847, 0.30499);
  (*sent.mutable_request_cost())["cost"] = 3456.32;
  SimpleRequest request;
  *request.mutable_orca_per_query_report() = sent;
  auto call = client.stub().UnaryCall(request);
  const auto result = co_await std::move(call);
  expect_ok(status_of(result), "UnaryCall");
  const auto came = report_in(client.witness().last().trailing);
  const auto wanted = load_report_of(sent);
  expect(MessageDifferencer::Equals(came, wanted), "the load report should be {}, and is {}", wanted.ShortDebugString(),
         came.ShortDebugString());
}

Task<void> wait_for(Reports& reports, const TestOrcaReport& wanted) {
  const auto report = load_report_of(wanted);
  while (const auto came = co_await reports.next()) {
    if (MessageDifferencer::Equals(*came, report)) co_return;
  }
  const auto status = co_await reports.finish();
  throw CaseFailed(
      fmt::format("no load report was {}; their stream ended with {}", report.ShortDebugString(), status.to_string()));
}

/// The server tells its load beside the calls.
Task<void> orca_oob(Client& client) {
  ::xds::service::orca::v3::OrcaLoadReportRequest interval;
  interval.mutable_report_interval()->set_seconds(1);
  CallOptions limit;
  limit.timeout = kReportLimit;
  OpenRcaService::Stub load(client.channel());
  auto reports = load.StreamCoreMetrics(interval, limit);

  auto call = client.stub().FullDuplexCall();
  const std::array loads = {report_of(0.8210, 0.5847, 0.30499), report_of(0.29309, 0.2, 0.2039)};
  for (const auto& report : loads) {
    auto request = output_request(1, 1);
    *request.mutable_orca_oob_report() = report;
    const bool written = co_await call.write(request);
    expect(written, "FullDuplexCall ended before a request");
    const auto response = co_await call.next();
    expect(response.has_value(), "FullDuplexCall ended before a response");
    auto told = wait_for(reports, report);
    co_await std::move(told);
  }
  call.half_close();
  const auto status = co_await call.finish();
  expect_ok(status, "FullDuplexCall");
}

}  // namespace

std::vector<Case> load_report_cases() { return {{"orca_per_rpc", orca_per_rpc}, {"orca_oob", orca_oob}}; }

}  // namespace plinth::interop
