#include "net/tls_client.h"

#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include "net/tls_stream.h"
#include "unit/net/tls_case.h"

namespace plinth::net {
namespace {

using namespace std::chrono_literals;
using test::Certificate;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

class TlsClientTest : public TlsCase {
 protected:
  /// What the client says of a server that is none of ours: one of OpenSSL's with this context.
  std::string view_of(TlsContext& context, const std::string& name = "localhost") {
    auto [here, there] = make_sockets();
    TlsStream server(std::move(here), context, TlsRole::kServer);
    const auto client = make_client();
    test::Started<std::error_code> accepting(loop_.worker(), server.handshake());
    test::Started<Opened> opening(loop_.worker(), client->connect(std::move(there), name));
    run(accepting, opening);
    const auto opened = opening.take();
    return opened ? "connected" : opened.error().to_string();
  }
  using TlsCase::view_of;

  /// What the client says of a server that answers with `bytes` and ends.
  std::string view_of_bytes(std::string_view bytes) {
    auto [here, there] = make_sockets();
    const auto client = make_client();
    test::Started<Opened> opening(loop_.worker(), client->connect(std::move(there), "localhost"));
    const auto server = make_socket_stream(std::move(here));
    write(*server, bytes);
    server->shut_write();
    run(opening, opening);
    return opening.take().error().to_string();
  }

  std::shared_ptr<TlsContext> make_context() {
    auto context = make_tls_context(TlsRole::kServer);
    EXPECT_TRUE(use_identity(*context, folder_.file("server.pem"), folder_.file("server.key")));
    return context;
  }
};

TEST_F(TlsClientTest, ConnectsToAServerItTrusts) {
  const auto server = make_server();
  const auto client = make_client();
  auto ends = shake_hands(*server, *client);
  ASSERT_TRUE(ends.client) << ends.client.error().to_string();
  ASSERT_TRUE(ends.server) << ends.server.error().message();
  EXPECT_EQ((*ends.client)->peer().tls_subject, "CN=localhost");
  EXPECT_EQ((*ends.server)->peer().tls_subject, "");
  EXPECT_FALSE(write(**ends.client, "hello"));
  EXPECT_EQ(read(**ends.server), "hello");
  EXPECT_FALSE(write(**ends.server, "hi"));
  EXPECT_EQ(read(**ends.client), "hi");
}

TEST_F(TlsClientTest, KnowsAServerByItsIpAddress) {
  EXPECT_EQ(view_of(authority_.sign({}), "127.0.0.1"), "CN=localhost");
  EXPECT_EQ(view_of(authority_.sign({.alternative_names = "IP:2001:db8::7"}), "2001:db8::7"), "CN=localhost");
}

TEST_F(TlsClientTest, TakesTheDotOfTheRootForNothing) {
  EXPECT_EQ(view_of(authority_.sign({}), "localhost."), "CN=localhost");
}

TEST_F(TlsClientTest, KnowsWildcardsForWholeLabels) {
  const Certificate::Options wild{.alternative_names = "DNS:*.example.org,DNS:f*.example.net"};
  EXPECT_EQ(view_of(authority_.sign(wild), "a.example.org"), "CN=localhost");
  EXPECT_THAT(view_of(authority_.sign(wild), "a.b.example.org"), HasSubstr("not for 'a.b.example.org'"));
  EXPECT_THAT(view_of(authority_.sign(wild), "foo.example.net"), HasSubstr("not for 'foo.example.net'"));
}

TEST_F(TlsClientTest, SendsTheNameOfAHostAndNoAddress) {
  static std::string sent;
  const auto context = make_context();
  SSL_CTX_set_tlsext_servername_callback(
      context->native_handle(), +[](SSL* ssl, int*, void*) {
        const auto* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        sent = name ? name : "none";
        return SSL_TLSEXT_ERR_OK;
      });
  view_of(*context);
  EXPECT_EQ(sent, "localhost");
  view_of(*context, "127.0.0.1");
  EXPECT_EQ(sent, "none");
}

TEST_F(TlsClientTest, SaysThatACertificateHasExpired) {
  EXPECT_THAT(view_of(authority_.sign({.valid_from = -48h, .valid_until = -24h})),
              MatchesRegex("UNAVAILABLE: no TLS with 'localhost' at unix:: the server's certificate has expired, on "
                           "....-..-.. ..:.. UTC"));
}

TEST_F(TlsClientTest, SaysThatACertificateIsNotValidYet) {
  EXPECT_THAT(view_of(authority_.sign({.valid_from = 24h, .valid_until = 48h})),
              HasSubstr("the server's certificate is not valid yet, only from 20"));
}

TEST_F(TlsClientTest, SaysWhomACertificateIsFor) {
  EXPECT_THAT(view_of(authority_.sign({}), "example.org"),
              EndsWith("the server's certificate is for localhost, 127.0.0.1, not for 'example.org'"));
  EXPECT_THAT(view_of(authority_.sign({}), "127.0.0.2"),
              EndsWith("the server's certificate is for localhost, 127.0.0.1, not for '127.0.0.2'"));
  EXPECT_THAT(view_of(authority_.sign({.name = "old.example", .alternative_names = ""}), "example.org"),
              EndsWith("the server's certificate is for old.example, not for 'example.org'"));
}

TEST_F(TlsClientTest, TellsOnlySomeOfManyNames) {
  std::string names = "IP:::1";
  for (int number = 1; number < 12; ++number) names += ",DNS:n" + std::to_string(number);
  EXPECT_THAT(view_of(authority_.sign({.alternative_names = names}), "example.org"),
              HasSubstr("is for ::1, n1, n2, n3, n4, n5, n6, n7 and 4 more, not for"));
}

TEST_F(TlsClientTest, TellsOnlyWhatCanBePrinted) {
  EXPECT_THAT(view_of(authority_.sign({.alternative_names = "DNS:a\n\x1b\xff.example"}), "example.org"),
              HasSubstr("is for a???.example, not for"));
}

TEST_F(TlsClientTest, SaysThatTheAuthorityIsUnknown) {
  const auto stranger = Certificate::authority("Stranger");
  EXPECT_THAT(view_of(stranger.sign({})),
              EndsWith("the server's certificate is signed by an unknown authority: 'CN=Stranger'"));
  EXPECT_THAT(view_of(stranger), EndsWith("the server's certificate is signed by an unknown authority: 'CN=Stranger'"))
      << "one that has signed itself";
}

TEST_F(TlsClientTest, TrustsNobodyButTheSystemWithoutACaFile) {
  const auto server = make_server();
  const auto client = TlsClient::load({});
  ASSERT_TRUE(client) << client.error().to_string();
  EXPECT_THAT(view_of(*server, **client), EndsWith("is signed by an unknown authority: 'CN=Trusted'"));
}

TEST_F(TlsClientTest, NamesAnAuthorityThatHasExpired) {
  const auto authority = Certificate::authority("Former", -1min);
  folder_.write("ca.pem", authority.pem());
  EXPECT_THAT(view_of(authority.sign({})),
              HasSubstr("the certificate of 'CN=Former', above the server's, has expired, on 20"));
}

TEST_F(TlsClientTest, WantsAName) {
  for (const auto* name : {"", ".", ".example.org"}) {
    const auto server = make_server();
    EXPECT_THAT(view_of(*server, *make_client(), name),
                EndsWith("is no name that a server's certificate could be for"));
  }
}

TEST_F(TlsClientTest, SaysThatAServerSpeaksNoHttp2) {
  EXPECT_THAT(view_of(*make_context()), EndsWith("the server does not speak HTTP/2: no h2 by ALPN")) << "without ALPN";
  const auto refusing = make_context();
  SSL_CTX_set_alpn_select_cb(
      refusing->native_handle(),
      +[](SSL*, const unsigned char**, unsigned char*, const unsigned char*, unsigned int, void*) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
      },
      nullptr);
  EXPECT_THAT(view_of(*refusing), EndsWith("the server does not speak HTTP/2: no h2 by ALPN"))
      << "with another protocol";
}

TEST_F(TlsClientTest, SaysThatAServerSpeaksNoTls) {
  const std::string settings("\0\0\0\4\0\0\0\0\0", 9);
  for (const auto& bytes :
       {settings, std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string("220 mail ready\r\n")}) {
    EXPECT_EQ(view_of_bytes(bytes), "UNAVAILABLE: no TLS with 'localhost' at unix:: the server does not speak TLS");
  }
}

TEST_F(TlsClientTest, SaysThatAServerHasHungUp) {
  EXPECT_THAT(view_of_bytes(""), EndsWith("the server has closed the connection in the middle of the handshake"));
}

TEST_F(TlsClientTest, SaysThatAServerIsTooOld) {
  const auto old = make_context();
  SSL_CTX_set_security_level(old->native_handle(), 0);
  SSL_CTX_set_min_proto_version(old->native_handle(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(old->native_handle(), TLS1_1_VERSION);
  EXPECT_THAT(view_of(*old), EndsWith("the server speaks neither TLS 1.2 nor 1.3"));
}

TEST_F(TlsClientTest, ShowsItsCertificateToAServerThatAsksForOne) {
  install("client", authority_.sign({.name = "client"}));
  const auto server = make_server("ca.pem");
  const auto ends = shake_hands(*server, *make_client("client"));
  ASSERT_TRUE(ends.client) << ends.client.error().to_string();
  ASSERT_TRUE(ends.server) << ends.server.error().message();
  EXPECT_EQ((*ends.server)->peer().tls_subject, "CN=client");
}

TEST_F(TlsClientTest, SaysThatAServerWantsACertificate) {
  const auto server = make_server("ca.pem");
  const auto ends = shake_hands(*server, *make_client());
  ASSERT_FALSE(ends.server);
  EXPECT_EQ(ends.server.error().message(), "the client shows no certificate");
  ASSERT_TRUE(ends.client) << "in TLS 1.3 the client is done before the server has looked";
  EXPECT_EQ(read(**ends.client), "the server wants a certificate, and was shown none");
}

TEST_F(TlsClientTest, SaysThatAServerDoesNotKnowItsAuthority) {
  install("client", Certificate::authority("Stranger").sign({.name = "client"}));
  const auto server = make_server("ca.pem");
  const auto ends = shake_hands(*server, *make_client("client"));
  ASSERT_FALSE(ends.server);
  EXPECT_EQ(ends.server.error().message(),
            "the client's certificate is not accepted: unable to get local issuer certificate");
  ASSERT_TRUE(ends.client);
  EXPECT_EQ(read(**ends.client), "the server does not know who has signed the certificate that it was shown");
}

TEST_F(TlsClientTest, SaysThatAnOlderServerMayWantACertificate) {
  const auto older = make_context();
  SSL_CTX_set_max_proto_version(older->native_handle(), TLS1_2_VERSION);
  older->set_verify_mode(boost::asio::ssl::verify_peer | boost::asio::ssl::verify_fail_if_no_peer_cert);
  EXPECT_THAT(view_of(*older),
              EndsWith("the server refuses the handshake: it may want a certificate, or other ciphers"));
}

TEST_F(TlsClientTest, SaysWhichFileCannotBeUsed) {
  const auto refusal = [](const ClientTlsSettings& files) { return TlsClient::load(files).error().to_string(); };
  EXPECT_THAT(refusal({.ca_file = "/nowhere"}),
              StartsWith("FAILED_PRECONDITION: cannot use the CA '/nowhere': No such file"));
  EXPECT_THAT(refusal({.cert_file = folder_.file("server.pem")}),
              EndsWith("a client's certificate and its key need each other: one of the files is missing"));
  EXPECT_THAT(refusal({.cert_file = folder_.file("server.pem"), .key_file = folder_.file("ca.pem")}),
              StartsWith("FAILED_PRECONDITION: cannot use the key '" + folder_.file("ca.pem") + "': "));
}

TEST_F(TlsClientTest, ReadsFilesAgainThatHaveChanged) {
  const auto second = Certificate::authority("Second");
  install("server", second.sign({}));
  const auto server = make_server();
  const auto client = make_client();
  EXPECT_THAT(view_of(*server, *client), HasSubstr("unknown authority"));
  folder_.write("ca.pem", second.pem());
  EXPECT_THAT(view_of(*server, *client), HasSubstr("unknown authority")) << "it has looked less than a second ago";
  loop_.advance(1s);
  EXPECT_EQ(view_of(*server, *client), "CN=localhost");
  EXPECT_THAT(log_->take(), testing::ElementsAre("tls_reloaded file=" + folder_.file("ca.pem")));
}

TEST_F(TlsClientTest, ACancelledHandshakeEnds) {
  auto [here, there] = make_sockets();
  const auto client = make_client();
  test::Started<Opened> opening(loop_.worker(), client->connect(std::move(there), "localhost"));
  loop_.poll();
  {
    Worker::Turn turn(loop_.worker());
    opening.scope().cancel(cancelled("enough"));
  }
  run(opening, opening);
  ASSERT_TRUE(opening.done());
  EXPECT_THROW(static_cast<void>(opening.take()), StatusError);
}

}  // namespace
}  // namespace plinth::net
