#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "client/channel.h"
#include "plinth/server.h"
#include "services/channelz_service.h"

namespace plinth::admin {

/// The servers and channels that channelz tells of.
class Inventory final : public services::ChannelzSource {
 public:
  /// `server` must live whenever it is looked at.
  explicit Inventory(const GrpcServer& server) : server_(server) {}

  void add(std::weak_ptr<client::ChannelImpl> channel);

  Task<services::ChannelzView> look() const override;

 private:
  std::vector<std::shared_ptr<client::ChannelImpl>> channels() const;

  const GrpcServer& server_;
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<client::ChannelImpl>> channels_;
};

}  // namespace plinth::admin
