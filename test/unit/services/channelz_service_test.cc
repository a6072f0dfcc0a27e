#include "services/channelz_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "services/channelz_messages.h"
#include "support/fake_call.h"
#include "support/manual_loop.h"

namespace plinth::services {
namespace {

namespace v1 = grpc::channelz::v1;
using test::FakeCall;
using test::ManualLoop;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

channelz::Socket socket(std::int64_t id, const std::string& remote) {
  channelz::Socket socket;
  socket.id = id;
  socket.local = "ipv4:127.0.0.1:50051";
  socket.remote = remote;
  return socket;
}

channelz::Socket busy_socket() {
  auto busy = socket(5, "ipv6:[::1]:40000");
  busy.is_server = true;
  busy.secure = true;
  busy.tls_subject = "CN=client";
  busy.streams = {
      .started = 7, .succeeded = 4, .failed = 2, .last_started = channelz::Time(std::chrono::seconds(1000))};
  busy.messages_sent = 11;
  busy.messages_received = 12;
  busy.keep_alives_sent = 13;
  busy.local_window = 65535;
  busy.remote_window = -1;
  return busy;
}

/// A program with one server, of two connections, and one channel, of one subchannel with one connection.
class Program final : public ChannelzSource {
 public:
  Program() {
    view.servers.push_back({.id = 3,
                            .calls = {.started = 9, .succeeded = 6, .failed = 3, .last_started = {}},
                            .listen_sockets = {socket(4, "")},
                            .sockets = {busy_socket(), socket(6, "ipv4:10.0.0.1:1")}});
    channelz::Subchannel subchannel;
    subchannel.id = 2;
    subchannel.address = "ipv4:10.0.0.2:50051";
    subchannel.state = ChannelState::kReady;
    subchannel.sockets = {socket(7, "ipv4:10.0.0.2:50051")};
    channelz::Channel channel;
    channel.id = 1;
    channel.target = "dns:///backend:50051";
    channel.state = ChannelState::kTransientFailure;
    channel.calls.started = 21;
    channel.subchannels = {subchannel};
    view.channels = {channel};
  }
  Task<ChannelzView> look() const override { co_return view; }

  ChannelzView view;
};

class ChannelzServiceTest : public ::testing::Test {
 protected:
  /// The answer; its error is in `status_`.
  template <class Response, class Request>
  Response ask(const char* method, const Request& request) {
    FakeCall call(loop_.worker(), *servicer_, method);
    call.request(request);
    call.start();
    status_ = call.status().value();
    auto responses = call.responses<Response>();
    return responses.empty() ? Response() : responses.front();
  }

  v1::Socket socket_of(std::int64_t id) {
    v1::GetSocketRequest request;
    request.set_socket_id(id);
    return ask<v1::GetSocketResponse>("GetSocket", request).socket();
  }

  std::vector<std::int64_t> socket_ids(std::int64_t start, std::int64_t max, bool* end = nullptr) {
    v1::GetServerSocketsRequest request;
    request.set_server_id(3);
    request.set_start_socket_id(start);
    request.set_max_results(max);
    const auto response = ask<v1::GetServerSocketsResponse>("GetServerSockets", request);
    if (end) *end = response.end();
    std::vector<std::int64_t> ids;
    for (const auto& reference : response.socket_ref()) ids.push_back(reference.socket_id());
    return ids;
  }

  ManualLoop loop_;
  std::shared_ptr<Program> program_ = std::make_shared<Program>();
  std::shared_ptr<BaseServicer> servicer_ = make_channelz_servicer(program_);
  Status status_;
};

TEST_F(ChannelzServiceTest, ListsServers) {
  const auto response = ask<v1::GetServersResponse>("GetServers", v1::GetServersRequest());
  ASSERT_EQ(response.server_size(), 1);
  EXPECT_TRUE(response.end());
  const auto& server = response.server(0);
  EXPECT_EQ(server.ref().server_id(), 3);
  EXPECT_EQ(server.data().calls_started(), 9);
  EXPECT_EQ(server.data().calls_succeeded(), 6);
  EXPECT_EQ(server.data().calls_failed(), 3);
  EXPECT_FALSE(server.data().has_last_call_started_timestamp()) << "there was none";
  ASSERT_EQ(server.listen_socket_size(), 1);
  EXPECT_EQ(server.listen_socket(0).name(), "ipv4:127.0.0.1:50051");
}

TEST_F(ChannelzServiceTest, TellsAllThatIsKnownOfASocket) {
  const auto found = socket_of(5);
  EXPECT_EQ(found.ref().name(), "ipv6:[::1]:40000");
  EXPECT_EQ(found.data().streams_started(), 7);
  EXPECT_EQ(found.data().streams_succeeded(), 4);
  EXPECT_EQ(found.data().streams_failed(), 2);
  EXPECT_EQ(found.data().messages_sent(), 11);
  EXPECT_EQ(found.data().messages_received(), 12);
  EXPECT_EQ(found.data().keep_alives_sent(), 13);
  EXPECT_EQ(found.data().last_remote_stream_created_timestamp().seconds(), 1000);
  EXPECT_FALSE(found.data().has_last_local_stream_created_timestamp()) << "a server opens no streams";
  EXPECT_EQ(found.data().local_flow_control_window().value(), 65535);
  EXPECT_EQ(found.data().remote_flow_control_window().value(), -1);
  EXPECT_EQ(found.local().tcpip_address().ip_address(), std::string("\x7f\0\0\x01", 4));
  EXPECT_EQ(found.remote().tcpip_address().port(), 40000);
  EXPECT_TRUE(found.security().has_tls());
  EXPECT_EQ(found.remote_name(), "CN=client");
}

TEST_F(ChannelzServiceTest, LeavesOutWhatIsNotKnownOfASocket) {
  const auto found = socket_of(6);
  EXPECT_FALSE(found.has_security());
  EXPECT_FALSE(found.data().has_local_flow_control_window());
  EXPECT_FALSE(found.data().has_last_remote_stream_created_timestamp());
}

TEST_F(ChannelzServiceTest, FindsTheSocketsOfServersListenersAndSubchannels) {
  for (const std::int64_t id : {4, 5, 6, 7}) EXPECT_EQ(socket_of(id).ref().socket_id(), id);
}

TEST_F(ChannelzServiceTest, FollowsAChannelToItsSockets) {
  const auto top = ask<v1::GetTopChannelsResponse>("GetTopChannels", v1::GetTopChannelsRequest());
  ASSERT_EQ(top.channel_size(), 1);
  EXPECT_EQ(top.channel(0).data().target(), "dns:///backend:50051");
  EXPECT_EQ(top.channel(0).data().state().state(), v1::ChannelConnectivityState::TRANSIENT_FAILURE);
  EXPECT_EQ(top.channel(0).data().calls_started(), 21);

  v1::GetChannelRequest channel;
  channel.set_channel_id(top.channel(0).ref().channel_id());
  const auto found = ask<v1::GetChannelResponse>("GetChannel", channel).channel();
  ASSERT_EQ(found.subchannel_ref_size(), 1);

  v1::GetSubchannelRequest subchannel;
  subchannel.set_subchannel_id(found.subchannel_ref(0).subchannel_id());
  const auto backend = ask<v1::GetSubchannelResponse>("GetSubchannel", subchannel).subchannel();
  EXPECT_EQ(backend.data().state().state(), v1::ChannelConnectivityState::READY);
  ASSERT_EQ(backend.socket_ref_size(), 1);
  EXPECT_EQ(socket_of(backend.socket_ref(0).socket_id()).ref().name(), "ipv4:10.0.0.2:50051");
}

TEST_F(ChannelzServiceTest, SaysWhichIdThereIsNot) {
  v1::GetServerRequest server;
  server.set_server_id(1);
  ask<v1::GetServerResponse>("GetServer", server);
  EXPECT_EQ(status_, not_found("this program has no server 1"));
  socket_of(99);
  EXPECT_EQ(status_, not_found("this program has no socket 99"));
  ask<v1::GetChannelResponse>("GetChannel", v1::GetChannelRequest());
  EXPECT_EQ(status_, not_found("this program has no channel 0"));
  ask<v1::GetSubchannelResponse>("GetSubchannel", v1::GetSubchannelRequest());
  EXPECT_EQ(status_, not_found("this program has no subchannel 0"));
  ask<v1::GetServerSocketsResponse>("GetServerSockets", v1::GetServerSocketsRequest());
  EXPECT_EQ(status_, not_found("this program has no server 0"));
}

TEST_F(ChannelzServiceTest, GivesListsInPages) {
  bool end = true;
  EXPECT_THAT(socket_ids(0, 1, &end), ElementsAre(5));
  EXPECT_FALSE(end);
  EXPECT_THAT(socket_ids(6, 1, &end), ElementsAre(6));
  EXPECT_TRUE(end);
  EXPECT_THAT(socket_ids(7, 0, &end), IsEmpty());
  EXPECT_TRUE(end);
}

TEST_F(ChannelzServiceTest, GivesAHundredAtOnceAtMost) {
  auto& sockets = program_->view.servers.front().sockets;
  for (std::int64_t id = 300; id > 100; --id) sockets.push_back(socket(id, "ipv4:10.0.0.1:1"));
  bool end = true;
  EXPECT_EQ(socket_ids(0, 1'000'000, &end).size(), 100u);
  EXPECT_FALSE(end);
  EXPECT_EQ(socket_ids(101, 0).front(), 101);
}

TEST_F(ChannelzServiceTest, RefusesNegativeNumbers) {
  socket_ids(-1, 0);
  EXPECT_EQ(status_.code(), StatusCode::kInvalidArgument);
  socket_ids(0, -1);
  EXPECT_EQ(status_.code(), StatusCode::kInvalidArgument);
}

TEST(ChannelzAddress, IsReadAsPeersWriteIt) {
  EXPECT_EQ(to_address("ipv4:10.1.2.3:80").tcpip_address().ip_address(), std::string("\x0a\x01\x02\x03"));
  EXPECT_EQ(to_address("ipv6:[::1]:443").tcpip_address().ip_address().size(), 16u);
  EXPECT_EQ(to_address("unix:/run/service.sock").uds_address().filename(), "/run/service.sock");
  for (const std::string other : {"inproc:test", "ipv4:10.1.2:80", "ipv4:10.1.2.3", "ipv6:::1:443", "ipv6:[]:1",
                                  "ipv4:", "ipv4:10.1.2.3:x", "ipv6:[", "", ":"}) {
    EXPECT_EQ(to_address(other).other_address().name(), other);
  }
}

TEST(ChannelzJson, HasTheMessagesOfEachKind) {
  const auto json = to_json(Program().view);
  EXPECT_THAT(json, StartsWith("{\"servers\":[{\"ref\":{\"server_id\":\"3\"}"));
  const auto read = nlohmann::json::parse(json);
  EXPECT_EQ(read["servers"].size(), 1u);
  EXPECT_EQ(read["channels"].size(), 1u);
  EXPECT_EQ(read["subchannels"].size(), 1u);
  EXPECT_EQ(read["sockets"].size(), 4u);
}

}  // namespace
}  // namespace plinth::services
