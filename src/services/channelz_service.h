#pragma once

#include <memory>
#include <string>
#include <vector>

#include "plinth/channelz.h"
#include "plinth/servicer.h"
#include "plinth/task.h"

namespace plinth::services {

/// All that channelz can tell of, at one moment.
struct ChannelzView {
  std::vector<channelz::Server> servers;
  std::vector<channelz::Channel> channels;
};

/// Gathers it. May be asked by all workers at the same time.
class ChannelzSource {
 public:
  virtual ~ChannelzSource() = default;
  virtual Task<ChannelzView> look() const = 0;
};

/// grpc.channelz.v1.Channelz. Lists are in the order of their ids; a request gets at most 100 items, and may ask for
/// fewer.
std::shared_ptr<BaseServicer> make_channelz_servicer(std::shared_ptr<const ChannelzSource> source);

/// The same as one JSON object: the messages of channelz.proto, by kind.
std::string to_json(const ChannelzView& view);

}  // namespace plinth::services
