#pragma once

#include <memory>

#include "call/far_wait.h"
#include "client/shared.h"
#include "plinth/stub.h"

namespace plinth::client {

/// A call that a thread without a worker of its own makes: the call itself is on the channel's home worker, and this
/// passes on what is asked of it.
class RemoteCall final : public ClientCall {
 public:
  static ClientCallPtr start(std::shared_ptr<Shared> shared, Worker& home, std::shared_ptr<Runtime> runtime,
                             const Method& method, CallOptions options);

  void half_close() override;
  void cancel() override;
  void set_compression(bool on) override;
  bool received_compressed() const noexcept override;
  bool ended() const noexcept override;
  void wait_for_end(std::coroutine_handle<> waiter, CancelScope* scope) noexcept override;
  void receive_into(google::protobuf::MessageLite* response) override;
  Status status() override;
  const Metadata& initial_metadata() const noexcept override;
  const Metadata& trailing_metadata() const noexcept override;

  bool can_take() const noexcept override { return taking_.told(); }
  void wait_to_take(std::coroutine_handle<> reader, CancelScope* scope) noexcept override;
  bool take_message(google::protobuf::MessageLite& message) override;
  bool can_put() const noexcept override { return putting_.told(); }
  void wait_to_put(std::coroutine_handle<> writer, CancelScope* scope) noexcept override;
  void put_message(const google::protobuf::MessageLite& message) override;
  void put_last_message(const google::protobuf::MessageLite& message) override;

 private:
  class Link;
  using Until = Task<void> (*)(std::shared_ptr<Link> link);

  RemoteCall(std::shared_ptr<Link> link, std::shared_ptr<Runtime> runtime);
  ~RemoteCall();

  void drop() noexcept override { delete this; }
  void wait(call::FarWait& wait, Until until, std::coroutine_handle<> coroutine, CancelScope* scope) noexcept;

  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<Link> link_;
  call::FarWait taking_;
  call::FarWait putting_;
  call::FarWait ending_;
  mutable Metadata initial_metadata_;
  mutable Metadata trailing_metadata_;
};

}  // namespace plinth::client
