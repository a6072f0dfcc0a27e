#include "net/tls_stream.h"

#include <openssl/ssl.h>

#include "unit/net/tls_case.h"

namespace plinth::net {
namespace {

class TlsStreamTest : public TlsCase {
 protected:
  TlsStreamTest() {
    EXPECT_TRUE(ends_.server) << ends_.server.error().message();
    EXPECT_TRUE(ends_.client) << ends_.client.error().to_string();
  }

  static bool was_told_the_end(ByteStream& stream) {
    auto* ssl = dynamic_cast<TlsStream&>(stream).tls().native_handle();
    return SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN;
  }

  std::unique_ptr<TlsServer> tls_server_ = make_server();
  std::shared_ptr<TlsClient> tls_client_ = make_client();
  Ends ends_ = shake_hands(*tls_server_, *tls_client_);
  ByteStream& server_ = **ends_.server;
  ByteStream& client_ = **ends_.client;
};

TEST_F(TlsStreamTest, CarriesMoreThanTheNetworkHolds) {
  const std::string text(1 << 20, 'x');
  const std::array<base::ByteView, 2> pieces = {base::as_bytes(text), base::as_bytes("end")};
  test::Started<std::error_code> writing(loop_.worker(), client_.write_all(pieces));
  std::size_t size = 0;
  std::string last;
  while (size < text.size() + 3) size += (last = read(server_)).size();
  EXPECT_TRUE(last.ends_with("end"));
  run(writing, writing);
  EXPECT_FALSE(writing.take());
}

TEST_F(TlsStreamTest, TellsTheEndAndGoesOnReading) {
  std::array<std::byte, 100> space;
  test::Started<IoResult> reading(loop_.worker(), client_.read_some(space));
  loop_.poll();
  EXPECT_FALSE(write(client_, "last"));
  client_.shut_write();
  EXPECT_EQ(read(server_), "last");
  EXPECT_EQ(read(server_), "");
  EXPECT_TRUE(was_told_the_end(server_)) << "close_notify came before the end of the connection";
  EXPECT_FALSE(write(server_, "back"));
  run(reading, reading);
  ASSERT_TRUE(reading.done());
  EXPECT_EQ(reading.take(), IoResult(4)) << "the read that waited meanwhile";
  EXPECT_FALSE(write(server_, "and more"));
  EXPECT_EQ(read(client_), "and more");
  server_.shut_write();
  EXPECT_EQ(read(client_), "");
  EXPECT_TRUE(was_told_the_end(client_));
}

TEST_F(TlsStreamTest, NothingIsWrittenAfterTheEnd) {
  client_.shut_write();
  client_.shut_write();
  EXPECT_EQ(write(client_, "late").message(), "TLS: protocol is shutdown");
  EXPECT_EQ(read(server_), "");
  EXPECT_TRUE(was_told_the_end(server_));
}

TEST_F(TlsStreamTest, TellsNoEndInTheMiddleOfAWrite) {
  const std::string text(1 << 20, 'x');
  const auto piece = base::as_bytes(text);
  test::Started<std::error_code> writing(loop_.worker(), client_.write_all(std::span(&piece, 1)));
  loop_.poll();
  ASSERT_FALSE(writing.done());
  client_.shut_write();
  std::size_t size = 0;
  for (std::size_t got = 1; got != 0; size += got) got = read(server_).size();
  run(writing, writing);
  ASSERT_TRUE(writing.done());
  EXPECT_TRUE(writing.take());
  EXPECT_LT(size, text.size());
  EXPECT_FALSE(was_told_the_end(server_)) << "what was cut off must not look whole";
}

TEST_F(TlsStreamTest, AnEndThatNobodyTellsIsAnEnd) {
  std::array<std::byte, 100> space;
  test::Started<IoResult> reading(loop_.worker(), client_.read_some(space));
  loop_.poll();  // what the server has sent after the handshake has been read
  client_.close();
  run(reading, reading);
  EXPECT_FALSE(reading.take());
  EXPECT_EQ(read(server_), "");
  EXPECT_FALSE(was_told_the_end(server_));
}

}  // namespace
}  // namespace plinth::net
