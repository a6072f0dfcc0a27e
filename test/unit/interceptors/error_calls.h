#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "myservice/service.pb.h"
#include "myservice/service.plinth.fake.h"
#include "myservice/service.plinth.h"
#include "plinth/error_interceptor.h"
#include "plinth/testing.h"
#include "support/kept_log.h"

namespace plinth::test {

using myservice::CreateResourcesResponse;
using myservice::GetResourceRequest;
using myservice::ListResourcesRequest;
using myservice::MyService;
using myservice::Resource;

/// All four methods do the same: `act`.
class ErrorCalls : public ::testing::Test {
 protected:
  using Action = std::function<Status()>;

  /// How a call of each kind ends for its client.
  std::vector<Status> call_all(Action action, ErrorOptions options = {}) {
    act_ = std::move(action);
    if (!options.logger) options.logger = log_;
    plinth::testing::InProcessServer server(loop_);
    server.add_interceptor(ErrorInterceptor(std::move(options))).add_servicer(servicer());
    MyService::Stub stub(server.channel());
    return {loop_.run([&] { return get(stub); }), loop_.run([&] { return list(stub); }),
            loop_.run([&] { return create(stub); }), loop_.run([&] { return synchronize(stub); })};
  }

  /// The same, of a call that throws `error`, whose kind does not matter.
  template <class Error>
  Status call(Error error, ErrorOptions options = {}) {
    const auto statuses = call_all([&]() -> Status { throw error; }, std::move(options));
    for (const auto& status : statuses) EXPECT_EQ(status, statuses.front()) << "each kind of call ends in the same way";
    return statuses.front();
  }

  plinth::testing::ManualLoop loop_;
  std::shared_ptr<KeptLog> log_ = std::make_shared<KeptLog>();

 private:
  std::shared_ptr<MyService::Fake> servicer() {
    auto fake = std::make_shared<MyService::Fake>();
    fake->on_GetResource = [this](ServerContext&, const GetResourceRequest&) -> Task<Result<Resource>> {
      auto status = act_();
      if (!status.ok()) co_return status;
      co_return Resource();
    };
    fake->on_ListResources = [this](ServerContext&, const ListResourcesRequest&) -> Generator<Resource> {
      co_yield Resource();
      auto status = act_();
      if (!status.ok()) co_yield status;
    };
    fake->on_CreateResources = [this](ServerContext&, Reader<Resource>&) -> Task<Result<CreateResourcesResponse>> {
      auto status = act_();
      if (!status.ok()) co_return status;
      co_return CreateResourcesResponse();
    };
    fake->on_SyncResources = [this](ServerContext&, Reader<Resource>& requests) -> Generator<Resource> {
      while (auto request = co_await requests.next()) co_yield std::move(*request);
      auto status = act_();
      if (!status.ok()) co_yield status;
    };
    return fake;
  }

  static Task<Status> get(MyService::Stub& stub) {
    const GetResourceRequest request;
    auto call = stub.GetResource(request);
    const auto response = co_await std::move(call);
    co_return response ? Status() : response.error();
  }
  static Task<Status> list(MyService::Stub& stub) {
    const ListResourcesRequest request;
    auto responses = stub.ListResources(request);
    while (auto response = co_await responses.next()) continue;
    auto end = responses.finish();
    co_return co_await end;
  }
  static Task<Status> create(MyService::Stub& stub) {
    auto requests = stub.CreateResources();
    auto finish = requests.finish();
    const auto response = co_await std::move(finish);
    co_return response ? Status() : response.error();
  }
  static Task<Status> synchronize(MyService::Stub& stub) {
    auto stream = stub.SyncResources();
    stream.half_close();
    while (auto response = co_await stream.next()) continue;
    auto end = stream.finish();
    co_return co_await end;
  }

  Action act_;
};

inline ErrorOptions with_all_details() {
  ErrorOptions options;
  options.include_details = true;
  return options;
}

}  // namespace plinth::test
