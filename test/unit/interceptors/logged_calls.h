#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "myservice/service.pb.h"
#include "myservice/service.plinth.fake.h"
#include "myservice/service.plinth.h"
#include "plinth/logging.h"
#include "plinth/testing.h"

namespace plinth::test {

using myservice::CreateResourcesResponse;
using myservice::GetResourceRequest;
using myservice::ListResourcesRequest;
using myservice::MyService;
using myservice::Resource;
using nlohmann::json;

constexpr const char* kGet = "/myservice.MyService/GetResource";

/// Keeps each event as JSON, as a user of the log sees it.
class KeptEvents final : public Logger {
 public:
  KeptEvents() { set_level(LogLevel::kDebug); }

  /// Of an event, or all.
  std::vector<json> all(std::string_view event = {}) const {
    std::vector<json> found;
    std::ranges::copy_if(events_, std::back_inserter(found),
                         [&](const json& e) { return event.empty() || e["event"] == event; });
    return found;
  }
  json only(std::string_view event) const {
    const auto found = all(event);
    EXPECT_EQ(found.size(), 1u) << "events " << event;
    return found.empty() ? json() : found.front();
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& e : events_) names.push_back(e["event"]);
    return names;
  }
  void clear() { events_.clear(); }

 private:
  void log(LogLevel level, std::string_view event, std::span<const LogField> fields) noexcept override {
    json kept{{"level", to_string(level)}, {"event", event}};
    for (const auto& field : fields) std::visit([&](const auto& v) { kept[std::string(field.key)] = v; }, field.value);
    events_.push_back(kept);
  }

  std::vector<json> events_;
};

inline Resource named(std::string name) {
  Resource resource;
  resource.set_name(std::move(name));
  return resource;
}

inline CallOptions with_id(std::string_view id) {
  CallOptions options;
  options.metadata.add("x-correlation-id", id);
  return options;
}

inline Task<Status> get(MyService::Stub stub, CallOptions options, ResponseMetadata* received = nullptr) {
  ResponseMetadata metadata;
  options.response_metadata = &metadata;
  GetResourceRequest request;
  auto call = stub.GetResource(request, options);
  const auto resource = co_await std::move(call);
  if (received) *received = metadata;
  co_return resource ? Status() : resource.error();
}

inline Task<Status> list(MyService::Stub stub) {
  ListResourcesRequest request;
  auto resources = stub.ListResources(request);
  while (auto resource = co_await resources.next()) {
  }
  auto end = resources.finish();
  co_return co_await end;
}

inline Task<Status> create(MyService::Stub stub) {
  auto resources = stub.CreateResources();
  const auto resource = named("hat");
  co_await resources.write(resource);
  auto finish = resources.finish();
  const auto response = co_await std::move(finish);
  co_return response ? Status() : response.error();
}

inline Task<Status> sync(MyService::Stub stub) {
  auto stream = stub.SyncResources();
  const auto resource = named("hat");
  co_await stream.write(resource);
  co_await stream.next();
  stream.half_close();
  auto end = stream.finish();
  co_return co_await end;
}

/// A server with a fake servicer, and a logging interceptor on one side or both.
class LoggedCalls : public ::testing::Test {
 protected:
  LoggedCalls() {
    fake->on_GetResource = testing::always(named("hat"));
    fake->on_ListResources = [](ServerContext&, const ListResourcesRequest&) -> Generator<Resource> {
      const auto resource = named("hat");
      co_yield resource;
    };
    fake->on_CreateResources = [](ServerContext&, Reader<Resource>& requests) -> Task<Result<CreateResourcesResponse>> {
      while (auto resource = co_await requests.next()) {
      }
      co_return CreateResourcesResponse();
    };
    fake->on_SyncResources = [](ServerContext&, Reader<Resource>& requests) -> Generator<Resource> {
      while (auto resource = co_await requests.next()) co_yield *resource;
    };
    server.add_servicer(fake);
  }

  void log_server(LoggingOptions options = {}) { server.add_interceptor(LoggingInterceptor(events, options)); }
  void log_client(LoggingOptions options = {}) { server.add_client_interceptor(LoggingInterceptor(events, options)); }

  void call(CallOptions options = {}) {
    ResponseMetadata received;
    status = loop.run([&] { return get(server.stub<MyService::Stub>(), options, &received); });
    initial = received.initial;
    trailing = received.trailing;
  }

  std::shared_ptr<KeptEvents> events = std::make_shared<KeptEvents>();
  std::shared_ptr<MyService::Fake> fake = std::make_shared<MyService::Fake>();
  Status status;
  Metadata initial;
  Metadata trailing;
  testing::ManualLoop loop;
  testing::InProcessServer server{loop};
};

}  // namespace plinth::test
