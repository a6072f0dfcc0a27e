#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "client/connector.h"
#include "server/connection_pool.h"
#include "server/shared.h"

namespace plinth::testing {

/// A server without a network: a channel connects to it over pipes, whose both ends are on the worker that calls. May
/// be used by all workers at the same time.
class PipeServer final : public client::Connector {
 public:
  /// Before the first connection: what it serves, and what stands around its calls.
  server::Shared& shared() noexcept { return shared_; }

  Task<Result<std::unique_ptr<net::ByteStream>>> connect(std::string address) override;
  bool secure() const noexcept override { return false; }

  /// Ends all calls and connections, on their workers, and takes no more.
  void close();
  /// Whether all have ended; and waiting for that, not on a worker.
  bool gone() const;
  void wait_until_gone() const;

 private:
  class Part;

  std::shared_ptr<Part> part_here();
  void remove(const Part& part);

  server::Shared shared_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<Part*> parts_;
  bool closed_ = false;
};

}  // namespace plinth::testing
