// Feeds a connection of the admin port with what a hostile client might send. The first byte of an input says, in bits
// 0-1, into how many bytes a read is cut: 1, 3, 50, 1000.

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/http_session.h"
#include "admin/log_level_page.h"
#include "fuzz/fuzz.h"
#include "net/pipe.h"
#include "plinth/async.h"
#include "support/manual_loop.h"

namespace plinth::admin {
namespace {

using namespace std::chrono_literals;
using fuzz::expect;
using test::ManualLoop;
using test::Started;
using Pipe = std::pair<std::unique_ptr<net::ByteStream>, std::unique_ptr<net::ByteStream>>;

constexpr std::size_t kNearLimit = 8000;

Answer echo(const Question& question) { return line(200, question.query + "|" + question.body); }

/// One connection.
class Conversation {
 public:
  Conversation() : Conversation(net::make_pipe("fuzz")) {}

  /// What a client that sends these bytes is told.
  std::string run(std::string_view bytes, std::size_t step) {
    while (!bytes.empty() && !session_.done()) {
      send(bytes.substr(0, step));
      bytes.remove_prefix(std::min(step, bytes.size()));
    }
    {
      Worker::Turn turn(loop_.worker());
      client_->close();
    }
    loop_.advance(61s);
    expect(session_.done(), "a session ends when its client has gone");
    return received_;
  }

 private:
  explicit Conversation(Pipe pipe)
      : server_(std::move(pipe.first)),
        client_(std::move(pipe.second)),
        session_(loop_.worker(), serve_http(*server_, site_)),
        reader_(loop_.worker(), read()) {}

  void send(std::string_view bytes) {
    sent_.emplace_back(bytes);
    const auto piece = base::as_bytes(sent_.back());
    Started<std::error_code> write(loop_.worker(), client_->write_all(std::span(&piece, 1)));
    loop_.poll();
    expect(write.done(), "a session reads what it is sent");
  }

  Task<void> read() {
    std::array<std::byte, 4096> space;
    while (true) {
      auto some = client_->read_some(space);
      const auto size = co_await std::move(some);
      if (!size || *size == 0) break;
      received_ += base::as_text(base::ByteView(space).first(*size));
    }
  }

  std::vector<Page> pages() {
    return {{.path = "/echo",
             .help = "says what it is told",
             .takes_changes = true,
             .answer = [](const Question& question) { return at_once(echo(question)); }},
            {.path = "/loglevel",
             .help = "changes the level",
             .takes_changes = true,
             .answer = [this](const Question& question) { return at_once(level_.answer(question)); }}};
  }

  ManualLoop loop_;
  LogLevelPage level_{loop_.worker(), make_null_logger()};
  const Site site_{pages()};
  std::unique_ptr<net::ByteStream> server_;
  std::unique_ptr<net::ByteStream> client_;
  std::deque<std::string> sent_;
  std::string received_;
  Started<void> session_;
  Started<void> reader_;
};

/// Without the first refusal and what follows it.
std::string_view accepted(std::string_view answers) {
  return answers.substr(0, std::min(answers.find("HTTP/1.0 4"), answers.find("HTTP/1.1 4")));
}

/// How a bad request is refused may depend on where it was split, since what has come of it may be bad already; and so
/// may, within a few bytes, when a head is too large.
void fuzz_session(std::size_t step, std::string_view bytes) {
  const auto whole = Conversation().run(bytes, SIZE_MAX), split = Conversation().run(bytes, step);
  expect(whole.empty() || whole.starts_with("HTTP/1."), "a session answers in HTTP/1");
  const bool may_be_too_large = bytes.size() > kNearLimit;
  expect(may_be_too_large || accepted(whole) == accepted(split), "however the input is split, the same is done");
}

}  // namespace
}  // namespace plinth::admin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kSteps[] = {1, 3, 50, 1000};
  if (size == 0) return 0;
  plinth::admin::fuzz_session(kSteps[data[0] & 3], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
