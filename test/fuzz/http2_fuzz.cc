// Feeds a whole connection of a server with what a hostile client might send. The first byte of an input says how:
//
//     bits 0-2   into how many bytes a read is cut: 1, 3, 9, 50, 300, 2000, 16000, all
//     bit 3      with HTTP/2's preface and SETTINGS before it
//     bit 4      time passes between two reads
//     bit 5      what the server answers is not read until the end

#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/fuzz.h"
#include "plinth/async.h"
#include "support/frame_reader.h"
#include "support/frames.h"
#include "support/status_recorder.h"
#include "support/test_server.h"
#include "support/visits.h"

namespace plinth::test {
namespace {

using namespace std::chrono_literals;
using fuzz::expect;

struct Setup {
  explicit Setup(std::uint8_t how) {
    constexpr std::size_t kSteps[] = {1, 3, 9, 50, 300, 2000, 16'000, SIZE_MAX};
    step = kSteps[how & 7];
    greets = (how & 8) != 0;
    time_passes = (how & 16) != 0;
    reads_late = (how & 32) != 0;
  }
  std::size_t step;
  bool greets;
  bool time_passes;
  bool reads_late;
};

class Conversation {
 public:
  Conversation() {
    server_.settings().max_message_size = 100'000;
    server_.settings().max_concurrent_rpcs = 50;
    server_.shared.session.max_concurrent_streams = 100;
    server_.shared.limits = {.unread_requests = 500'000, .unsent_responses = 500'000, .unsent_frames = 200};
    server_.shared.interceptors.push_back(statuses_);
    add_handlers(*server_.servicer);
  }

  void run(const Setup& setup, std::string_view bytes) {
    {
      TestWire wire(server_);
      if (setup.reads_late) wire.stop_reading();
      if (setup.greets) wire.send(preface());
      while (!bytes.empty() && !wire.done()) {
        const auto part = bytes.substr(0, setup.step);
        bytes.remove_prefix(part.size());
        wire.send(std::string(part));
        if (setup.time_passes) server_.advance(100ms);
      }
      if (setup.reads_late) wire.read_on();
      check_answers(wire.take_received());
      wire.close();
      server_.advance(2s);
      expect(wire.done(), "a connection ends when its client has gone");
      expect(wire.connection().unread() == 0, "nothing unread is left");
    }
    expect(visits_.inside() == 0, "every handler has unwound");
    expect(statuses_->begun == statuses_->ended.size(), "every call has ended for its interceptors");
    expect(server_.shared.limited_calls == 0, "every call has given its place back");
  }

 private:
  void add_handlers(StringServicer& servicer) {
    servicer.unary = [this](ServerContext& context, const Text& request) -> Task<Result<Text>> {
      Visit visit(visits_);
      for (const auto& [key, value] : context.request_metadata()) context.trailing_metadata().add(key, value);
      co_return request;
    };
    servicer.server_streaming = [this](ServerContext&, const Text& request) -> Generator<Text> {
      Visit visit(visits_);
      for (int i = 0; i < 100; ++i) co_yield text(request.value() + std::string(1000, 'x'));
    };
    servicer.client_streaming = [this](ServerContext&, Reader<Text>& requests) -> Task<Result<Text>> {
      Visit visit(visits_);
      std::string all;
      while (auto request = co_await requests.next()) all += request->value().substr(0, 10);
      co_return text(all);
    };
    servicer.bidirectional = [this](ServerContext& context, Reader<Text>& requests,
                                    Writer<Text>& responses) -> Task<Status> {
      Visit visit(visits_);
      context.send_initial_metadata();
      while (auto request = co_await requests.next()) {
        auto pause = sleep_for(150ms);
        co_await std::move(pause);
        co_await responses.write(*request);
      }
      co_return Status();
    };
  }

  /// Whatever the client says, the server speaks HTTP/2, or HTTP/1 to say that it does not.
  static void check_answers(const std::string& bytes) {
    if (bytes.starts_with("HTTP/1.1 400")) return;
    FrameReader reader;
    bool first = true;
    for (const auto& frame : reader.read(bytes)) {
      expect(!first || to_text(frame) == "SETTINGS", "the first frame is SETTINGS");
      first = false;
    }
  }

  Visits visits_;
  std::shared_ptr<StatusRecorder> statuses_ = std::make_shared<StatusRecorder>();
  TestServer server_;
};

}  // namespace
}  // namespace plinth::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plinth::test;
  if (size == 0) return 0;
  const Setup setup(data[0]);
  Conversation().run(setup, {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
