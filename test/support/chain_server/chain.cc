#include "chain.h"

#include <chrono>

#include "plinth/async.h"
#include "throw_error.h"

namespace plinth::test {

namespace {

constexpr auto kForever = std::chrono::hours(24 * 365);

Report report_on(const Order& order) {
  Report report;
  report.set_message(order.message());
  return report;
}

/// Ends the call as `order` says; OK when it is to go on.
Task<Status> obey(const Order& order) {
  if (order.end() == Order::THROW) throw_error(order.error(), order.message());
  if (order.end() == Order::HANG) {
    auto forever = sleep_for(kForever);
    co_await std::move(forever);
  }
  if (order.end() != Order::STATUS) co_return Status();
  if (order.code() < 1 || order.code() > 16) co_return invalid_argument("code is 1 to 16, not {}", order.code());
  co_return Status(static_cast<StatusCode>(order.code()), order.message());
}

}  // namespace

Task<Result<Report>> ChainServicer::Unary(ServerContext&, const Order& order) {
  auto obedience = obey(order);
  auto status = co_await std::move(obedience);
  if (!status.ok()) co_return status;
  co_return report_on(order);
}

Generator<Report> ChainServicer::ServerStreaming(ServerContext&, const Order& order) {
  for (int i = 0; i < order.reports(); ++i) co_yield report_on(order);
  auto obedience = obey(order);
  auto status = co_await std::move(obedience);
  if (!status.ok()) co_yield status;
}

Task<Result<Report>> ChainServicer::ClientStreaming(ServerContext&, Reader<Order>& orders) {
  Report last;
  while (auto order = co_await orders.next()) {
    auto obedience = obey(*order);
    auto status = co_await std::move(obedience);
    if (!status.ok()) co_return status;
    last = report_on(*order);
  }
  co_return last;
}

Generator<Report> ChainServicer::Bidirectional(ServerContext&, Reader<Order>& orders) {
  while (auto order = co_await orders.next()) {
    auto obedience = obey(*order);
    auto status = co_await std::move(obedience);
    if (!status.ok()) co_yield status;
    co_yield report_on(*order);
  }
}

}  // namespace plinth::test
