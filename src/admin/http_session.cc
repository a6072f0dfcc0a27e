#include "admin/http_session.h"

#include <array>
#include <boost/beast/http.hpp>
#include <optional>
#include <sstream>

#include "plinth/async.h"

namespace plinth::admin {

namespace http = boost::beast::http;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kLargestHead = 8 * 1024;
constexpr std::uint64_t kLargestBody = 4 * 1024;
constexpr std::size_t kReadSize = 4 * 1024;
constexpr auto kPatience = 10s;
/// What is read of a client that is told to go, so that closing does not take the answer back.
constexpr int kReadsToDrop = 16;
constexpr auto kTimeToGo = 1s;

using Request = http::request<http::string_body>;
using Verb = Question::Verb;

Verb verb_of(http::verb verb) noexcept {
  switch (verb) {
    case http::verb::get: return Verb::kGet;
    case http::verb::head: return Verb::kHead;
    case http::verb::put: return Verb::kPut;
    case http::verb::post: return Verb::kPost;
    default: return Verb::kOther;
  }
}

Question question_of(const Request& request) {
  const std::string_view target(request.target().data(), request.target().size());
  const auto mark = target.find('?');
  return {.verb = verb_of(request.method()),
          .path = std::string(target.substr(0, mark)),
          .query = mark == std::string_view::npos ? std::string() : std::string(target.substr(mark + 1)),
          .body = request.body(),
          .authority = std::string(request[http::field::host]),
          .from_web_page = request.find(http::field::origin) != request.end()};
}

Answer answer_to(const boost::system::error_code& problem) {
  if (problem == http::error::header_limit) return line(431, "the head of the request is too large");
  if (problem == http::error::body_limit) return line(413, "the body of the request is too large");
  if (problem == http::error::unexpected_body) return line(411, "a body without a length is not read");
  return line(400, "this is no HTTP/1.1 request");
}

template <class Body>
std::string to_bytes(http::response<Body>& response, const Answer& answer, bool keep_alive) {
  response.result(answer.status);
  response.set(http::field::content_type, answer.content_type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Content-Security-Policy", "default-src 'none'");
  if (!answer.allow.empty()) response.set(http::field::allow, answer.allow);
  response.content_length(answer.body.size());
  response.keep_alive(keep_alive);
  std::ostringstream bytes;
  bytes << response;
  return std::move(bytes).str();
}

std::string to_bytes(const Answer& answer, bool keep_alive, unsigned version, bool head_only) {
  if (head_only) {
    http::response<http::empty_body> response;
    response.version(version);
    return to_bytes(response, answer, keep_alive);
  }
  http::response<http::string_body> response;
  response.version(version);
  response.body() = answer.body;
  return to_bytes(response, answer, keep_alive);
}

class Session {
 public:
  Session(net::ByteStream& stream, const Site& site, Duration silence)
      : stream_(stream), site_(site), silence_(silence) {}

  Task<void> run() {
    bool going_on = true;
    while (going_on) {
      auto waiting = wait_for_request();
      if (!co_await std::move(waiting)) break;
      auto serving = serve_one();
      going_on = co_await std::move(serving);
    }
    auto leaving = leave();
    co_await std::move(leaving);
  }

  Task<void> refuse() {
    auto writing = write(line(503, "too many connections to this port"), false);
    co_await std::move(writing);
    auto leaving = leave();
    co_await std::move(leaving);
  }

 private:
  /// False at the end.
  Task<bool> wait_for_request() {
    if (!received_.empty()) co_return true;
    auto waiting = with_timeout(silence_, more());
    co_return co_await std::move(waiting);
  }

  /// False when the connection is to end.
  Task<bool> serve_one() {
    http::request_parser<http::string_body> parser;
    parser.header_limit(kLargestHead);
    parser.body_limit(kLargestBody);
    parser.eager(true);
    auto reading = with_timeout(kPatience, read(parser));
    const auto problem = co_await std::move(reading);
    if (problem == http::error::end_of_stream) co_return false;
    if (problem) {
      auto writing = write(answer_to(problem), false);
      co_await std::move(writing);
      co_return false;
    }
    const auto& request = parser.get();
    const bool keep_alive = request.keep_alive();
    const auto question = question_of(request);
    auto answering = site_.answer(question);
    const auto answer = co_await std::move(answering);
    auto writing = write(answer, keep_alive, request.version(), question.verb == Verb::kHead);
    const bool written = co_await std::move(writing);
    co_return (written && keep_alive);
  }

  /// Reads one request. What follows it stays in `received_`.
  Task<boost::system::error_code> read(http::request_parser<http::string_body>& parser) {
    while (true) {
      boost::system::error_code problem;
      const auto used = parser.put(boost::asio::buffer(received_), problem);
      received_.erase(0, used);
      if (problem && problem != http::error::need_more) co_return problem;
      if (parser.is_header_done() && parser.chunked()) co_return http::error::unexpected_body;
      if (parser.is_done()) co_return boost::system::error_code();
      auto reading = more();
      const bool read = co_await std::move(reading);
      if (!read) co_return http::error::end_of_stream;
    }
  }

  /// False at the end.
  Task<bool> more() {
    std::array<std::byte, kReadSize> space;
    auto reading = stream_.read_some(space);
    const auto size = co_await std::move(reading);
    if (!size || *size == 0) co_return false;
    received_ += base::as_text(base::ByteView(space).first(*size));
    co_return true;
  }

  Task<bool> write(Answer answer, bool keep_alive, unsigned version = 11, bool head_only = false) {
    const auto bytes = to_bytes(answer, keep_alive, version, head_only);
    const auto piece = base::as_bytes(bytes);
    auto writing = with_timeout(kPatience, stream_.write_all(std::span(&piece, 1)));
    const auto error = co_await std::move(writing);
    co_return !error;
  }

  Task<void> leave() {
    stream_.shut_write();
    auto dropping = with_timeout(kTimeToGo, drop_the_rest());
    co_await std::move(dropping);
  }

  Task<void> drop_the_rest() {
    for (int left = kReadsToDrop; left != 0; --left) {
      auto reading = more();
      const bool read = co_await std::move(reading);
      if (!read) co_return;
      received_.clear();
    }
  }

  net::ByteStream& stream_;
  const Site& site_;
  const Duration silence_;
  std::string received_;
};

Task<void> run(Task<void> session, net::ByteStream& stream) {
  try {
    co_await std::move(session);
  } catch (const std::exception&) {
    // It took too long, or the port is closed; whatever it is, it ends this connection alone.
  }
  stream.close();
}

}  // namespace

Task<void> serve_http(net::ByteStream& stream, const Site& site, Duration silence) {
  Session session(stream, site, silence);
  auto running = run(session.run(), stream);
  co_await std::move(running);
}

Task<void> refuse_http(net::ByteStream& stream) {
  const Site nothing({});
  Session session(stream, nothing, Duration::zero());
  auto running = run(session.refuse(), stream);
  co_await std::move(running);
}

}  // namespace plinth::admin
