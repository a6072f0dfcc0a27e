#pragma once

#include "grpc/channelz/v1/channelz.pb.h"
#include "plinth/channelz.h"

/// What is known as the messages of channelz.proto.
namespace plinth::services {

grpc::channelz::v1::Server to_message(const channelz::Server& server);
grpc::channelz::v1::Channel to_message(const channelz::Channel& channel);
grpc::channelz::v1::Subchannel to_message(const channelz::Subchannel& subchannel);
grpc::channelz::v1::Socket to_message(const channelz::Socket& socket);
grpc::channelz::v1::SocketRef to_reference(const channelz::Socket& socket);

/// "ipv4:127.0.0.1:50051", "ipv6:[::1]:50051", "unix:/path"; anything else is an address of another kind.
grpc::channelz::v1::Address to_address(const std::string& text);

}  // namespace plinth::services
