#include "client/resolvers.h"

#include <optional>

#include "client/target.h"
#include "plinth/async.h"

namespace plinth::client {

namespace {

class StaticResolver final : public NameResolver {
 public:
  explicit StaticResolver(std::vector<std::string> addresses) : addresses_(std::move(addresses)) {}

  Generator<Resolution> watch(Target, Event again) override {
    co_yield Resolution(addresses_);
    while (true) {
      auto change = again.wait();
      co_await std::move(change);
    }
  }

 private:
  std::vector<std::string> addresses_;
};

class DnsResolver final : public NameResolver {
 public:
  DnsResolver(LookUp look_up, DnsTimes times) : look_up_(std::move(look_up)), times_(times) {}

  Generator<Resolution> watch(Target target, Event again) override {
    const auto place = parse_host_port(target.endpoint);
    if (!place) co_yield place.error();
    std::optional<std::vector<std::string>> known;
    while (true) {
      auto looking = look_up_(place->host, place->port);
      auto found = co_await std::move(looking);
      if (!found) co_yield found.error();
      if (*found != known) {
        known = std::move(*found);
        co_yield Resolution(*known);
      }
      auto pausing = pause(again);
      co_await std::move(pausing);
    }
  }

 private:
  Task<void> pause(Event again) const {
    auto least = sleep_for(times_.pause);
    co_await std::move(least);
    auto reason = when_any(again.wait(), sleep_for(times_.poll - times_.pause));
    co_await std::move(reason);
  }

  LookUp look_up_;
  DnsTimes times_;
};

}  // namespace

std::shared_ptr<NameResolver> make_static_resolver(std::vector<std::string> addresses) {
  return std::make_shared<StaticResolver>(std::move(addresses));
}

std::shared_ptr<NameResolver> make_dns_resolver(LookUp look_up, DnsTimes times) {
  return std::make_shared<DnsResolver>(std::move(look_up), times);
}

}  // namespace plinth::client
