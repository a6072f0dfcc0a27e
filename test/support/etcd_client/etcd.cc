#include "etcd.h"

#include "etcdserverpb/rpc.pb.h"
#include "plinth/async.h"

namespace plinth::test {

namespace {

using namespace etcdserverpb;

template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw StatusError(std::move(result).error());
  return std::move(*result);
}

/// The end of the range of all keys with this prefix.
std::string end_of(std::string prefix) {
  ++prefix.back();
  return prefix;
}

Task<void> send(auto& stream, const auto& request) {
  const bool open = co_await stream.write(request);
  if (open) co_return;
  const auto status = co_await stream.finish();
  throw StatusError(status.ok() ? unavailable("etcd has ended the stream") : status);
}

/// The next answer of a stream that should not end.
template <class Req, class Rsp>
Task<Rsp> receive(ClientStream<Req, Rsp>& stream) {
  auto response = co_await stream.next();
  if (response) co_return std::move(*response);
  const auto status = co_await stream.finish();
  throw StatusError(status.ok() ? unavailable("etcd has ended the stream") : status);
}

}  // namespace

Task<std::int64_t> Etcd::put(std::string key, std::string value, std::int64_t lease) {
  PutRequest request;
  request.set_key(key);
  request.set_value(value);
  request.set_lease(lease);
  auto call = kv_.Put(request);
  const auto response = value_or_throw(co_await std::move(call));
  co_return response.header().revision();
}

Task<std::optional<std::string>> Etcd::get(std::string key) {
  RangeRequest request;
  request.set_key(key);
  auto call = kv_.Range(request);
  const auto response = value_or_throw(co_await std::move(call));
  if (response.kvs().empty()) co_return std::nullopt;
  co_return response.kvs(0).value();
}

Task<std::int64_t> Etcd::count(std::string prefix) {
  RangeRequest request;
  request.set_key(prefix);
  request.set_range_end(end_of(prefix));
  auto call = kv_.Range(request);
  const auto response = value_or_throw(co_await std::move(call));
  co_return response.count();
}

Task<std::string> Etcd::watch_a_put(std::string key, std::string value) {
  auto stream = watch_.Watch();
  WatchRequest request;
  request.mutable_create_request()->set_key(key);
  auto sending = send(stream, request);
  co_await std::move(sending);
  auto creating = receive(stream);
  const auto created = co_await std::move(creating);
  if (!created.created()) throw StatusError(unknown("etcd has not said that it watches {}", key));
  auto putting = put(key, value);
  co_await std::move(putting);
  auto receiving = receive(stream);
  const auto told = co_await std::move(receiving);
  if (told.events().empty()) throw StatusError(unknown("etcd tells of no event of {}", key));
  co_return told.events(0).kv().value();
}

Task<std::int64_t> Etcd::grant(std::chrono::seconds time_to_live) {
  LeaseGrantRequest request;
  request.set_ttl(time_to_live.count());
  auto call = lease_.LeaseGrant(request);
  const auto response = value_or_throw(co_await std::move(call));
  co_return response.id();
}

Task<void> Etcd::refresh(KeepAliveStream& stream, std::int64_t lease) {
  LeaseKeepAliveRequest request;
  request.set_id(lease);
  auto sending = send(stream, request);
  co_await std::move(sending);
  auto receiving = receive(stream);
  const auto response = co_await std::move(receiving);
  if (response.ttl() <= 0) throw StatusError(not_found("etcd has let lease {} expire", lease));
}

Task<int> Etcd::keep_alive(std::int64_t lease, std::chrono::seconds time, std::chrono::milliseconds interval) {
  CallOptions options;
  options.timeout = Duration::max();
  auto stream = lease_.LeaseKeepAlive(std::move(options));
  int refreshed = 0;
  for (const auto end = Clock::now() + time; Clock::now() < end; ++refreshed) {
    auto refreshing = refresh(stream, lease);
    co_await std::move(refreshing);
    auto pause = sleep_for(interval);
    co_await std::move(pause);
  }
  stream.half_close();
  const auto status = co_await stream.finish();
  if (!status.ok()) throw StatusError(status);
  co_return refreshed;
}

}  // namespace plinth::test
