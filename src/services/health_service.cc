#include "services/health_service.h"

#include "grpc/health/v1/health.pb.h"
#include "grpc/health/v1/health.plinth.h"
#include "services/name.h"

namespace plinth::services {

namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using grpc::health::v1::HealthListRequest;
using grpc::health::v1::HealthListResponse;

HealthCheckResponse response(std::optional<HealthStatus> status) {
  HealthCheckResponse message;
  message.set_status(status ? static_cast<HealthCheckResponse::ServingStatus>(*status)
                            : HealthCheckResponse::SERVICE_UNKNOWN);
  return message;
}

class HealthServicer final : public Health::Servicer {
 public:
  explicit HealthServicer(std::shared_ptr<HealthBoard> board) : board_(std::move(board)) {}

  Task<Result<HealthCheckResponse>> Check(ServerContext&, const HealthCheckRequest& request) override {
    const auto status = board_->status(request.service());
    if (!status) co_return not_found("this server has no service {}", shown(request.service()));
    co_return response(status);
  }

  Task<Result<HealthListResponse>> List(ServerContext&, const HealthListRequest&) override {
    HealthListResponse list;
    for (const auto& [service, status] : board_->statuses()) (*list.mutable_statuses())[service] = response(status);
    co_return list;
  }

  Generator<HealthCheckResponse> Watch(ServerContext&, const HealthCheckRequest& request) override;

 private:
  std::shared_ptr<HealthBoard> board_;
};

Generator<HealthCheckResponse> HealthServicer::Watch(ServerContext&, const HealthCheckRequest& request) {
  if (request.service().size() > kMaxNameSize) {
    Status too_long = invalid_argument("no service has {}", shown(request.service()));
    co_yield std::move(too_long);
  }
  const HealthBoard::Watcher watcher(*board_, request.service());
  std::optional<HealthBoard::View> sent;
  while (true) {
    const auto view = watcher.view();
    if (!sent || sent->status != view.status) {
      auto message = response(view.status);
      co_yield std::move(message);
    }
    sent = view;
    if (view.closed) break;
    auto change = watcher.changed();
    co_await std::move(change);
  }
  Status over = unavailable("the server is shutting down");
  co_yield std::move(over);
}

}  // namespace

HealthService::HealthService(std::shared_ptr<Logger> logger)
    : board_(std::make_shared<HealthBoard>(logger)), checks_(*board_, std::move(logger)) {}

void HealthService::add_dependency(std::string name, Check check, DependencyOptions options) {
  checks_.add(std::move(name), std::move(check), options);
}

std::shared_ptr<BaseServicer> HealthService::servicer() const { return std::make_shared<HealthServicer>(board_); }

void HealthService::start(Worker& worker) {
  checks_.start(worker);
  board_->open();
}

void HealthService::shut_down() {
  board_->close();
  checks_.cancel();
}

void HealthService::stop() {
  shut_down();
  checks_.stop();
}

}  // namespace plinth::services
