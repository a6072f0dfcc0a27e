#include "auth/http_get.h"

#include <gmock/gmock.h>

#include <array>

#include "net/pipe.h"
#include "support/manual_loop.h"

namespace plinth::auth {
namespace {

using plinth::test::ManualLoop;
using plinth::test::Started;
using ::testing::HasSubstr;

TEST(HttpUrl, IsTakenApart) {
  const auto url = HttpUrl::parse("https://issuer.example:8443/keys?x=1#part");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->secure);
  EXPECT_EQ(url->host, "issuer.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->authority, "issuer.example:8443");
  EXPECT_EQ(url->target, "/keys?x=1");
}

TEST(HttpUrl, HasDefaults) {
  EXPECT_EQ(HttpUrl::parse("https://a")->port, 443);
  EXPECT_EQ(HttpUrl::parse("http://a")->port, 80);
  EXPECT_EQ(HttpUrl::parse("http://a")->target, "/");
  EXPECT_EQ(HttpUrl::parse("http://a?x")->target, "/?x");
  EXPECT_EQ(HttpUrl::parse("http://[::1]:8080/k")->host, "::1");
  EXPECT_EQ(HttpUrl::parse("http://[::1]:8080/k")->port, 8080);
  EXPECT_EQ(HttpUrl::parse("http://[::1]")->port, 80);
}

TEST(HttpUrl, IsNothingElse) {
  for (const auto* const url :
       {"", "issuer.example", "ftp://a", "http://", "https:///keys", "http://a:b", "http://a:70000",
        "http://a:", "http://user:secret@a/", "http://[::1", "http://a b/", "http://a/\r\nX: y", "http://a/\xc3\xa4"}) {
    EXPECT_FALSE(HttpUrl::parse(url)) << url;
  }
}

/// A server that sends what the test says, in pieces of any size.
class HttpClientTest : public ::testing::Test {
 protected:
  std::string get(std::string_view answer, std::size_t piece_size = 1000) {
    auto [ours, theirs] = net::make_pipe("http");
    const HttpClient client(nullptr, 100);
    Started getting(loop_.worker(), client.get_over(*ours, url_));
    request_ = read(*theirs);
    for (; !answer.empty() && !getting.done(); answer.remove_prefix(std::min(piece_size, answer.size()))) {
      write(*theirs, answer.substr(0, piece_size));
    }
    if (!getting.done()) end(*theirs);
    if (!getting.done()) return "it waits";
    const auto got = getting.take();
    return got ? *got : got.error().message();
  }

  std::string read(net::ByteStream& stream) {
    std::array<std::byte, 1000> space;
    Started reading(loop_.worker(), stream.read_some(space));
    loop_.poll();
    return std::string(base::as_text(std::span(space).first(reading.take().value())));
  }
  void write(net::ByteStream& stream, std::string_view text) {
    const auto piece = base::as_bytes(text);
    Started writing(loop_.worker(), stream.write_all(std::span(&piece, 1)));
    loop_.poll();
    EXPECT_TRUE(writing.done());
  }
  void end(net::ByteStream& stream) {
    {
      Worker::Turn turn(loop_.worker());
      stream.shut_write();
    }
    loop_.poll();
  }

  ManualLoop loop_;
  const HttpUrl url_ = HttpUrl::parse("http://issuer.example:81/keys").value();
  std::string request_;
};

TEST_F(HttpClientTest, AsksForTheDocument) {
  EXPECT_EQ(get("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), "{}");
  EXPECT_EQ(request_,
            "GET /keys HTTP/1.1\r\nHost: issuer.example:81\r\nAccept: application/json\r\nUser-Agent: plinth\r\n"
            "Connection: close\r\n\r\n");
}

TEST_F(HttpClientTest, ReadsAnswersHoweverTheyAreCut) {
  for (const std::size_t size : {1u, 2u, 7u, 1000u}) {
    EXPECT_EQ(get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", size), "abcde");
    EXPECT_EQ(get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", size),
              "abcde");
    EXPECT_EQ(get("HTTP/1.0 200 OK\r\n\r\nabcde", size), "abcde") << "until the server ends";
  }
}

TEST_F(HttpClientTest, WantsAnAnswerThatIsOne) {
  EXPECT_EQ(get("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), "the server answers with HTTP status 404");
  EXPECT_EQ(get("HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n"),
            "the server answers with HTTP status 302");
  EXPECT_THAT(get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"), HasSubstr("the server's answer is no good"));
  EXPECT_EQ(get(""), "the server has closed the connection without an answer");
  EXPECT_THAT(get("SSH-2.0-OpenSSH_9.2\r\n"), HasSubstr("the server's answer is no good"));
}

TEST_F(HttpClientTest, LimitsTheSizeOfAnAnswer) {
  const std::string large(101, 'x');
  EXPECT_THAT(get("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"), HasSubstr("body limit exceeded"));
  EXPECT_THAT(get("HTTP/1.0 200 OK\r\n\r\n" + large), HasSubstr("body limit exceeded"));
  EXPECT_THAT(get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + large),
              HasSubstr("body limit exceeded"));
  EXPECT_THAT(get("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x')), HasSubstr("header limit exceeded"));
}

}  // namespace
}  // namespace plinth::auth
