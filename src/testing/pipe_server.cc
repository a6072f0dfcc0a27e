#include "testing/pipe_server.h"

#include <algorithm>

#include "async/here.h"
#include "net/pipe.h"

namespace plinth::testing {

/// The connections on one worker. Keeps itself until all of them have ended, which its server or its worker asks for.
class PipeServer::Part final : public std::enable_shared_from_this<Part>, private Worker::Resident {
 public:
  static std::shared_ptr<Part> make(PipeServer& server, Worker& worker) {
    std::shared_ptr<Part> made(new Part(server, worker));
    made->self_ = made;
    return made;
  }
  ~Part() { server_.remove(*this); }

  Worker& worker() const noexcept { return worker_; }
  void add(std::unique_ptr<net::ByteStream> stream) { pool_.add(std::move(stream)); }

  void end() {
    if (std::exchange(ending_, true)) return;
    pool_.cancel_calls(unavailable("the server is gone"));
    pool_.close();
    leave_if_done();
  }

 private:
  Part(PipeServer& server, Worker& worker)
      : Resident(worker),
        server_(server),
        worker_(worker),
        pool_(server.shared_, worker, nullptr, [this] { leave_if_done(); }) {}

  void on_worker_end() noexcept override { end(); }

  /// In a turn of its own: the last connection is still in the middle of its end.
  void leave_if_done() {
    if (!ending_ || pool_.size() != 0 || !self_) return;
    worker_.post([self = std::exchange(self_, nullptr)] {});
  }

  PipeServer& server_;
  Worker& worker_;
  std::shared_ptr<Part> self_;
  bool ending_ = false;
  server::ConnectionPool pool_;
};

Task<Result<std::unique_ptr<net::ByteStream>>> PipeServer::connect(std::string address) {
  const auto part = part_here();
  if (!part) co_return unavailable("{} is gone", address);
  auto [ours, theirs] = net::make_pipe(address);
  part->add(std::move(theirs));
  co_return std::move(ours);
}

std::shared_ptr<PipeServer::Part> PipeServer::part_here() {
  auto& worker = here();
  std::lock_guard lock(mutex_);
  if (closed_) return nullptr;
  const auto found = std::ranges::find_if(parts_, [&](const Part* part) { return &part->worker() == &worker; });
  if (found != parts_.end()) return (*found)->shared_from_this();
  auto part = Part::make(*this, worker);
  parts_.push_back(part.get());
  return part;
}

/// With the lock held, so that a part which is about to end with its worker cannot be gone before it is told.
void PipeServer::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  for (auto* part : parts_) {
    part->worker().post([part = part->weak_from_this()] {
      if (const auto alive = part.lock()) alive->end();
    });
  }
}

bool PipeServer::gone() const {
  std::lock_guard lock(mutex_);
  return parts_.empty();
}

void PipeServer::wait_until_gone() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return parts_.empty(); });
}

void PipeServer::remove(const Part& part) {
  std::lock_guard lock(mutex_);
  std::erase(parts_, &part);
  changed_.notify_all();
}

}  // namespace plinth::testing
