#pragma once

#include <memory>

#include "client/worker_channel.h"
#include "plinth/stub.h"

namespace plinth::client {

/// A channel as its users hold it: finds the part of it that lives on their worker.
class ChannelImpl final : public Channel {
 public:
  /// `home` serves threads that have no worker of their own. It must run for as long as anybody holds the channel or a
  /// call that such a thread has made, and `runtime` may see to that.
  ChannelImpl(std::shared_ptr<Shared> shared, Worker& home, std::shared_ptr<Runtime> runtime = nullptr);
  /// Closes it.
  ~ChannelImpl() override;

  ClientCallPtr start_call(const Method& method, CallOptions options) override;
  ChannelState state() const override;
  void connect() override;
  Task<ChannelState> changed_from(ChannelState state) override;
  void close() override;

  /// Its parts on all workers, together. It must live until then.
  Task<channelz::Channel> inspect() const;

  Shared& shared() noexcept { return *shared_; }

 private:
  Worker& worker() const noexcept;

  const std::int64_t id_ = next_entity_id();
  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<Shared> shared_;
  Worker& home_;
};

}  // namespace plinth::client
