#include "admin/inventory.h"

namespace plinth::admin {

void Inventory::add(std::weak_ptr<client::ChannelImpl> channel) {
  std::lock_guard lock(mutex_);
  std::erase_if(channels_, [](const auto& each) { return each.expired(); });
  channels_.push_back(std::move(channel));
}

Task<services::ChannelzView> Inventory::look() const {
  services::ChannelzView view;
  auto looking = server_.inspect();
  auto server = co_await std::move(looking);
  view.servers.push_back(std::move(server));
  const auto living = channels();
  for (const auto& each : living) {
    auto inspecting = each->inspect();
    auto channel = co_await std::move(inspecting);
    view.channels.push_back(std::move(channel));
  }
  co_return view;
}

std::vector<std::shared_ptr<client::ChannelImpl>> Inventory::channels() const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<client::ChannelImpl>> living;
  for (const auto& channel : channels_) {
    if (auto alive = channel.lock()) living.push_back(std::move(alive));
  }
  return living;
}

}  // namespace plinth::admin
