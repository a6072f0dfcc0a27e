#include "admin/http_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <stdexcept>

#include "net/pipe.h"
#include "plinth/async.h"
#include "support/manual_loop.h"

namespace plinth::admin {
namespace {

using namespace std::chrono_literals;
using test::ManualLoop;
using test::Started;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

Task<Answer> never() {
  auto sleep = sleep_for(1h);
  co_await std::move(sleep);
  co_return line(200, "too late");
}

Task<Answer> failing() {
  throw std::runtime_error("secret detail");
  co_return line(200, "");
}

std::vector<Page> pages() {
  return {
      {.path = "/hello", .help = "says hello", .answer = [](const Question&) { return at_once(line(200, "hello")); }},
      {.path = "/echo",
       .help = "says what it is told",
       .takes_changes = true,
       .answer = [](const Question& question) { return at_once(line(200, question.query + "|" + question.body)); }},
      {.path = "/never", .help = "hangs", .answer = [](const Question&) { return never(); }},
      {.path = "/failing", .help = "fails", .answer = [](const Question&) { return failing(); }}};
}

/// One client of a site.
class HttpSession : public ::testing::Test {
 protected:
  HttpSession() : HttpSession(net::make_pipe("test")) {}
  ~HttpSession() override {
    {
      Worker::Turn turn(loop_.worker());
      client_->close();
    }
    loop_.advance(61s);
    EXPECT_TRUE(session_.done());
  }

  void send(std::string bytes) {
    sent_.push_back(std::move(bytes));
    const auto piece = base::as_bytes(sent_.back());
    Started<std::error_code> write(loop_.worker(), client_->write_all(std::span(&piece, 1)));
    loop_.poll();
    EXPECT_TRUE(write.done()) << "the session does not read";
  }
  /// What it has answered since this was last asked for.
  std::string received() {
    loop_.poll();
    return std::exchange(received_, {});
  }
  std::string ask(std::string bytes) {
    send(std::move(bytes));
    return received();
  }
  bool closed() {
    loop_.poll();
    return closed_;
  }

  ManualLoop loop_;

 private:
  explicit HttpSession(std::pair<std::unique_ptr<net::ByteStream>, std::unique_ptr<net::ByteStream>> pipe)
      : server_(std::move(pipe.first)),
        client_(std::move(pipe.second)),
        session_(loop_.worker(), serve_http(*server_, site_)),
        reader_(loop_.worker(), read()) {}

  Task<void> read() {
    std::array<std::byte, 4096> space;
    while (true) {
      auto some = client_->read_some(space);
      const auto size = co_await std::move(some);
      if (!size || *size == 0) break;
      received_ += base::as_text(base::ByteView(space).first(*size));
    }
    closed_ = true;
  }

  const Site site_{pages()};
  std::unique_ptr<net::ByteStream> server_;
  std::unique_ptr<net::ByteStream> client_;
  std::deque<std::string> sent_;
  std::string received_;
  bool closed_ = false;
  Started<void> session_;
  Started<void> reader_;
};

TEST_F(HttpSession, AnswersAPageInText) {
  const auto answer = ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(answer, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nhello\n"));
}

TEST_F(HttpSession, KeepsTheConnectionForTheNextRequest) {
  EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"), EndsWith("hello\n"));
  EXPECT_FALSE(closed());
  EXPECT_THAT(ask("GET /echo?a=1 HTTP/1.1\r\nHost: x\r\n\r\n"), EndsWith("\r\n\r\na=1|\n"));
}

TEST_F(HttpSession, AnswersRequestsThatComeTogetherInTheirOrder) {
  const auto answers =
      ask("GET /echo?1 HTTP/1.1\r\nHost: x\r\n\r\nGET /echo?2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_LT(answers.find("1|\n"), answers.find("2|\n"));
  EXPECT_THAT(answers, EndsWith("2|\n"));
  EXPECT_TRUE(closed());
}

TEST_F(HttpSession, ReadsARequestThatComesByteByByte) {
  const std::string request = "PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde";
  for (const char byte : request) send(std::string(1, byte));
  EXPECT_THAT(received(), EndsWith("\r\n\r\n|abcde\n"));
}

TEST_F(HttpSession, AnswersHeadWithTheHeadAlone) {
  const auto answer = ask("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpSession, EndsTheConnectionOfAnOldClient) {
  EXPECT_THAT(ask("GET /hello HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 200 OK\r\n"));
  EXPECT_TRUE(closed());
}

TEST_F(HttpSession, ListsItsPages) {
  const auto answer = ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("/hello       says hello\n"));
  EXPECT_THAT(answer, HasSubstr("/echo        says what it is told\n"));
}

TEST_F(HttpSession, DoesNotRepeatTheNameOfAPageThatThereIsNot) {
  for (const std::string path :
       {"/<script>alert(1)</script>", "/../etc/passwd", "/hello/", "*", "http://other/hello"}) {
    const auto answer = ask("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 Not Found\r\n")) << path;
    EXPECT_THAT(answer, Not(HasSubstr(path + "\n"))) << path;
  }
}

TEST_F(HttpSession, RefusesAVerbThatThePageDoesNotTake) {
  for (const std::string verb : {"POST", "PUT", "DELETE", "OPTIONS", "BREW"}) {
    const auto answer = ask(verb + " /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n")) << verb;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n")) << verb;
  }
  EXPECT_THAT(ask("DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n"), HasSubstr("Allow: GET, HEAD, PUT, POST\r\n"));
}

TEST_F(HttpSession, LetsNoWebPageChangeAnything) {
  const auto answer =
      ask("POST /echo HTTP/1.1\r\nHost: x\r\nOrigin: http://evil.example\r\nContent-Length: 1\r\n\r\na");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 403 Forbidden\r\n"));
}

TEST_F(HttpSession, TellsAGrpcClientThatThisIsHttp1AndEnds) {
  EXPECT_THAT(ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_TRUE(closed());
}

TEST_F(HttpSession, TellsWhoSendsNoHttpAndEnds) {
  EXPECT_THAT(ask("\x16\x03\x01\x02 hello in TLS\r\n\r\n"), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_TRUE(closed());
}

TEST_F(HttpSession, TakesNoLargeHead) {
  const auto answer = ask("GET /hello HTTP/1.1\r\nHost: x\r\nX-Large: " + std::string(9000, 'a') + "\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 431 "));
  EXPECT_TRUE(closed());
}

TEST_F(HttpSession, TakesNoHeadWithoutEnd) {
  std::string answer = ask("GET /hello HTTP/1.1\r\n");
  for (int i = 0; answer.empty() && i < 1000; ++i) answer = ask("X-More: and more of it\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpSession, TakesNoLargeBody) {
  EXPECT_THAT(ask("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4097\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
  EXPECT_TRUE(closed());
}

TEST_F(HttpSession, TakesNoBodyInChunks) {
  EXPECT_THAT(ask("PUT /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"),
              StartsWith("HTTP/1.1 411 "));
  EXPECT_TRUE(closed());
}

TEST_F(HttpSession, EndsWithAClientThatIsSilent) {
  EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"), EndsWith("hello\n"));
  loop_.advance(59s);
  EXPECT_FALSE(closed());
  loop_.advance(2s);
  EXPECT_TRUE(closed());
}

TEST_F(HttpSession, EndsWithAClientThatDoesNotFinishItsRequest) {
  send("GET /hello HTTP/1.1\r\nHo");
  loop_.advance(9s);
  EXPECT_FALSE(closed());
  loop_.advance(2s);
  EXPECT_TRUE(closed());
  EXPECT_THAT(received(), IsEmpty());
}

TEST_F(HttpSession, AnswersForAPageThatHangs) {
  EXPECT_THAT(ask("GET /never HTTP/1.1\r\nHost: x\r\n\r\n"), IsEmpty());
  loop_.advance(6s);
  EXPECT_THAT(received(), StartsWith("HTTP/1.1 503 "));
  EXPECT_FALSE(closed());
}

TEST_F(HttpSession, AnswersForAPageThatFailsWithoutSayingWhy) {
  const auto answer = ask("GET /failing HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(answer, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace plinth::admin
