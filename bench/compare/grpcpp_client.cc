// The peer of the comparison: the same calls through grpc++ and its callback API, on one channel, which has one
// connection. Deadlines and retries stay on, as in Plinth's client; what costs and is not asked for is off.

#include <grpcpp/grpcpp.h>
#include <plinth/bench/echo.grpc.pb.h>

#include <latch>
#include <memory>
#include <optional>
#include <string>

#include "client/load.h"

namespace {

using plinth::bench::Blob;
using plinth::bench::Echo;
using plinth::bench::GetRequest;
using plinth::bench::give_up;
using plinth::bench::ListRequest;
using plinth::bench::Load;
using plinth::bench::LoadClock;
using plinth::bench::Meter;
using plinth::bench::Resource;

constexpr auto kTimeout = std::chrono::seconds(30);

void check(const grpc::Status& status) {
  if (!status.ok()) give_up(status.error_message());
}

// One call after the other, until the time is over.
class Caller {
 public:
  Caller(Echo::Stub& stub, Meter::Lane& lane, std::latch& ended) : stub_(stub), lane_(lane), ended_(ended) {}
  virtual ~Caller() = default;

  void start() {
    if (lane_.over()) return ended_.count_down();
    context_.emplace();
    context_->set_deadline(std::chrono::system_clock::now() + kTimeout);
    began_ = LoadClock::now();
    call(*context_);
  }

 protected:
  virtual void call(grpc::ClientContext& context) = 0;

  void on_end(std::uint64_t messages = 1) {
    lane_.note(began_, messages);
    start();
  }

  Echo::Stub& stub_;

 private:
  Meter::Lane& lane_;
  std::latch& ended_;
  std::optional<grpc::ClientContext> context_;
  LoadClock::time_point began_;
};

class GetCaller final : public Caller {
 public:
  GetCaller(Echo::Stub& stub, Meter::Lane& lane, std::latch& ended) : Caller(stub, lane, ended) {
    request_.set_id("42");
  }

 private:
  void call(grpc::ClientContext& context) override {
    stub_.async()->Get(&context, &request_, &response_, [this](const grpc::Status& status) {
      check(status);
      if (response_.id() != request_.id()) give_up("Get answered " + response_.ShortDebugString());
      on_end();
    });
  }

  GetRequest request_;
  Resource response_;
};

class ListCaller final : public Caller {
 public:
  ListCaller(Echo::Stub& stub, Meter::Lane& lane, std::latch& ended, int count) : Caller(stub, lane, ended) {
    request_.set_count(count);
  }

 private:
  // A reactor serves one call.
  class Reader final : public grpc::ClientReadReactor<Resource> {
   public:
    explicit Reader(ListCaller& caller) : caller_(caller) {}
    void start() {
      StartRead(&caller_.response_);
      StartCall();
    }
    void OnReadDone(bool ok) override {
      if (!ok) return;
      ++received_;
      StartRead(&caller_.response_);
    }
    void OnDone(const grpc::Status& status) override {
      check(status);
      caller_.on_list(received_);
    }

   private:
    ListCaller& caller_;
    int received_ = 0;
  };

  void call(grpc::ClientContext& context) override {
    reader_ = std::make_unique<Reader>(*this);
    stub_.async()->List(&context, &request_, reader_.get());
    reader_->start();
  }

  void on_list(int received) {
    if (received != request_.count()) give_up("List gave " + std::to_string(received) + " messages");
    on_end(received);
  }

  ListRequest request_;
  Resource response_;
  std::unique_ptr<Reader> reader_;
};

class MirrorCaller final : public Caller {
 public:
  MirrorCaller(Echo::Stub& stub, Meter::Lane& lane, std::latch& ended, int size) : Caller(stub, lane, ended) {
    request_.set_data(std::string(static_cast<std::size_t>(size), 'x'));
  }

 private:
  void call(grpc::ClientContext& context) override {
    stub_.async()->Mirror(&context, &request_, &response_, [this](const grpc::Status& status) {
      check(status);
      if (response_.data().size() != request_.data().size()) give_up("Mirror gave another size");
      on_end();
    });
  }

  Blob request_;
  Blob response_;
};

std::unique_ptr<Caller> make_caller(const Load& load, Echo::Stub& stub, Meter::Lane& lane, std::latch& ended) {
  if (load.method == "Get") return std::make_unique<GetCaller>(stub, lane, ended);
  if (load.method == "List") return std::make_unique<ListCaller>(stub, lane, ended, load.size);
  if (load.method == "Mirror") return std::make_unique<MirrorCaller>(stub, lane, ended, load.size);
  give_up("no such method: " + load.method);
}

std::shared_ptr<grpc::Channel> make_channel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

int main(int argc, char** argv) {
  const auto load = Load::from_arguments(argc, argv);
  const auto stub = Echo::NewStub(make_channel(load.address));
  Meter meter;
  std::latch ended(load.in_flight);
  std::vector<std::unique_ptr<Caller>> callers;
  for (int lane = 0; lane < load.in_flight; ++lane) {
    callers.push_back(make_caller(load, *stub, meter.add_lane(), ended));
    callers.back()->start();
  }
  meter.measure(load);
  ended.wait();
  meter.print();
}
