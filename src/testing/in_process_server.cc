#include "base/assert.h"
#include "client/channel.h"
#include "client/load_balancers.h"
#include "client/resolvers.h"
#include "plinth/testing.h"
#include "testing/pipe_server.h"

namespace plinth::testing {

namespace {
constexpr const char* kAddress = "inproc:server";
}

struct InProcessServer::Parts {
  Parts(InProcessOptions given, ManualLoop* loop) : options(std::move(given)), loop(loop) {
    if (!options.logger) options.logger = make_null_logger();
    server->shared().settings = options.server;
    server->shared().logger = options.logger;
  }

  void check_not_started() const {
    PLINTH_ASSERT(!channel,
                  "an InProcessServer is complete once it has a channel: add servicers and interceptors before");
  }
  Worker& home();
  std::shared_ptr<client::Shared> make_client() const;

  InProcessOptions options;
  ManualLoop* loop;
  std::shared_ptr<Runtime> runtime;
  std::shared_ptr<PipeServer> server = std::make_shared<PipeServer>();
  std::vector<std::shared_ptr<Interceptor>> client_interceptors;
  std::shared_ptr<client::ChannelImpl> channel;
};

Worker& InProcessServer::Parts::home() {
  if (loop) return loop->worker();
  RuntimeOptions one_worker;
  one_worker.workers = 1;
  one_worker.logger = options.logger;
  runtime = std::make_shared<Runtime>(std::move(one_worker));
  return runtime->worker(0);
}

std::shared_ptr<client::Shared> InProcessServer::Parts::make_client() const {
  auto shared = std::make_shared<client::Shared>();
  shared->settings = options.client;
  shared->target = {"inproc", "", "server", kAddress};
  shared->authority = "server";
  shared->logger = options.logger;
  shared->connector = server;
  shared->resolver = client::make_static_resolver({kAddress});
  shared->balancer = client::make_pick_first();
  for (const auto& interceptor : client_interceptors) shared->add_interceptor(interceptor);
  shared->set_failure_policies();
  return shared;
}

InProcessServer::InProcessServer(InProcessOptions options)
    : parts_(std::make_unique<Parts>(std::move(options), nullptr)) {}

InProcessServer::InProcessServer(ManualLoop& loop, InProcessOptions options)
    : parts_(std::make_unique<Parts>(std::move(options), &loop)) {}

InProcessServer::~InProcessServer() {
  if (parts_->channel) parts_->channel->close();
  parts_->server->close();
  if (parts_->loop) {
    parts_->loop->poll();
    PLINTH_ASSERT(parts_->server->gone(),
                  "a handler has not ended with its call: what it awaits must end when cancelled");
    return;
  }
  if (parts_->channel) parts_->channel->shared().parts.wait_until_gone();
  parts_->server->wait_until_gone();
}

InProcessServer& InProcessServer::add_servicer(std::shared_ptr<BaseServicer> servicer) {
  parts_->check_not_started();
  const auto status = parts_->server->shared().methods.add(std::move(servicer));
  PLINTH_ASSERT(status.ok(), "add_servicer: a server takes one servicer of each service");
  return *this;
}

InProcessServer& InProcessServer::add_interceptor(std::shared_ptr<Interceptor> interceptor) {
  parts_->check_not_started();
  parts_->server->shared().interceptors.push_back(std::move(interceptor));
  return *this;
}

InProcessServer& InProcessServer::add_client_interceptor(std::shared_ptr<Interceptor> interceptor) {
  parts_->check_not_started();
  parts_->client_interceptors.push_back(std::move(interceptor));
  return *this;
}

std::shared_ptr<Channel> InProcessServer::channel() {
  if (parts_->channel) return parts_->channel;
  auto client = parts_->make_client();
  auto& home = parts_->home();
  parts_->channel = std::make_shared<client::ChannelImpl>(std::move(client), home, parts_->runtime);
  return parts_->channel;
}

}  // namespace plinth::testing
