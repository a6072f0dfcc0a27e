#include "services/channelz_service.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <iterator>

#include "grpc/channelz/v1/channelz.plinth.h"
#include "services/channelz_messages.h"

namespace plinth::services {

namespace {

namespace messages = grpc::channelz::v1;

constexpr std::int64_t kMostResults = 100;

/// Calls `add` with the items from `start` on, at most `wanted` (0: as many as are given at once). Whether there are no
/// more.
template <class Item, class Add>
bool page(std::vector<Item> items, std::int64_t start, std::int64_t wanted, Add add) {
  std::ranges::sort(items, {}, &Item::id);
  const auto first = std::ranges::lower_bound(items, start, {}, &Item::id);
  const auto most = wanted > 0 ? std::min(wanted, kMostResults) : kMostResults;
  const auto count = std::min<std::int64_t>(most, items.end() - first);
  std::for_each(first, first + count, add);
  return first + count == items.end();
}

template <class Items>
auto* item_of(Items& items, std::int64_t id) {
  const auto found = std::ranges::find(items, id, [](const auto& item) { return item.id; });
  return found == items.end() ? nullptr : &*found;
}

std::vector<channelz::Subchannel> all_subchannels(const ChannelzView& view) {
  std::vector<channelz::Subchannel> all;
  for (const auto& channel : view.channels) std::ranges::copy(channel.subchannels, std::back_inserter(all));
  return all;
}

std::vector<channelz::Socket> all_sockets(const ChannelzView& view) {
  std::vector<channelz::Socket> all;
  for (const auto& server : view.servers) {
    std::ranges::copy(server.listen_sockets, std::back_inserter(all));
    std::ranges::copy(server.sockets, std::back_inserter(all));
  }
  for (const auto& subchannel : all_subchannels(view)) std::ranges::copy(subchannel.sockets, std::back_inserter(all));
  return all;
}

Status check(std::int64_t start, std::int64_t wanted) {
  if (start >= 0 && wanted >= 0) return {};
  return invalid_argument("an id to start from and a number of results are not negative");
}

/// Puts the item of this id into `message`.
template <class Items, class Message>
Status give(const Items& items, std::string_view kind, std::int64_t id, Message& message) {
  const auto* item = item_of(items, id);
  if (!item) return not_found("this program has no {} {}", kind, id);
  message = to_message(*item);
  return {};
}

class ChannelzServicer final : public messages::Channelz::Servicer {
 public:
  explicit ChannelzServicer(std::shared_ptr<const ChannelzSource> source) : source_(std::move(source)) {}

  Task<Result<messages::GetTopChannelsResponse>> GetTopChannels(
      ServerContext&, const messages::GetTopChannelsRequest& request) override {
    return answer<messages::GetTopChannelsResponse>([&request](ChannelzView& view, auto& response) {
      response.set_end(page(std::move(view.channels), request.start_channel_id(), request.max_results(),
                            [&](const auto& channel) { *response.add_channel() = to_message(channel); }));
      return check(request.start_channel_id(), request.max_results());
    });
  }

  Task<Result<messages::GetServersResponse>> GetServers(ServerContext&,
                                                        const messages::GetServersRequest& request) override {
    return answer<messages::GetServersResponse>([&request](ChannelzView& view, auto& response) {
      response.set_end(page(std::move(view.servers), request.start_server_id(), request.max_results(),
                            [&](const auto& server) { *response.add_server() = to_message(server); }));
      return check(request.start_server_id(), request.max_results());
    });
  }

  Task<Result<messages::GetServerSocketsResponse>> GetServerSockets(
      ServerContext&, const messages::GetServerSocketsRequest& request) override {
    return answer<messages::GetServerSocketsResponse>([&request](ChannelzView& view, auto& response) {
      auto* server = item_of(view.servers, request.server_id());
      if (!server) return not_found("this program has no server {}", request.server_id());
      response.set_end(page(std::move(server->sockets), request.start_socket_id(), request.max_results(),
                            [&](const auto& socket) { *response.add_socket_ref() = to_reference(socket); }));
      return check(request.start_socket_id(), request.max_results());
    });
  }

  Task<Result<messages::GetServerResponse>> GetServer(ServerContext&,
                                                      const messages::GetServerRequest& request) override {
    return answer<messages::GetServerResponse>([&request](const ChannelzView& view, auto& response) {
      return give(view.servers, "server", request.server_id(), *response.mutable_server());
    });
  }

  Task<Result<messages::GetChannelResponse>> GetChannel(ServerContext&,
                                                        const messages::GetChannelRequest& request) override {
    return answer<messages::GetChannelResponse>([&request](const ChannelzView& view, auto& response) {
      return give(view.channels, "channel", request.channel_id(), *response.mutable_channel());
    });
  }

  Task<Result<messages::GetSubchannelResponse>> GetSubchannel(ServerContext&,
                                                              const messages::GetSubchannelRequest& request) override {
    return answer<messages::GetSubchannelResponse>([&request](const ChannelzView& view, auto& response) {
      return give(all_subchannels(view), "subchannel", request.subchannel_id(), *response.mutable_subchannel());
    });
  }

  Task<Result<messages::GetSocketResponse>> GetSocket(ServerContext&,
                                                      const messages::GetSocketRequest& request) override {
    return answer<messages::GetSocketResponse>([&request](const ChannelzView& view, auto& response) {
      return give(all_sockets(view), "socket", request.socket_id(), *response.mutable_socket());
    });
  }

 private:
  template <class Response, class Fill>
  Task<Result<Response>> answer(Fill fill) const {
    auto looking = source_->look();
    auto view = co_await std::move(looking);
    Response response;
    if (auto status = fill(view, response); !status.ok()) co_return status;
    co_return response;
  }

  std::shared_ptr<const ChannelzSource> source_;
};

/// A list of messages as JSON. None of them has what JSON cannot hold.
template <class Items>
std::string json_list(const Items& items) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string list;
  for (const auto& item : items) {
    list += list.empty() ? "" : ",";
    std::string object;
    if (google::protobuf::util::MessageToJsonString(to_message(item), &object, options).ok()) list += object;
  }
  return "[" + list + "]";
}

}  // namespace

std::shared_ptr<BaseServicer> make_channelz_servicer(std::shared_ptr<const ChannelzSource> source) {
  return std::make_shared<ChannelzServicer>(std::move(source));
}

std::string to_json(const ChannelzView& view) {
  return "{\"servers\":" + json_list(view.servers) + ",\"channels\":" + json_list(view.channels) +
         ",\"subchannels\":" + json_list(all_subchannels(view)) + ",\"sockets\":" + json_list(all_sockets(view)) + "}";
}

}  // namespace plinth::services
