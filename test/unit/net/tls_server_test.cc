#include "net/tls_server.h"

#include <gmock/gmock.h>

#include <thread>

#include "unit/net/tls_case.h"

namespace plinth::net {
namespace {

using namespace std::chrono_literals;
using test::Certificate;
using testing::ElementsAre;
using testing::EndsWith;
using testing::StartsWith;

class TlsServerTest : public TlsCase {
 protected:
  std::string refusal(const TlsServerFiles& files) {
    const auto server = TlsServer::load(files);
    return server ? "none" : server.error().to_string();
  }
  std::string refusal_of_key(const std::string& key) {
    return refusal({folder_.file("server.pem"), folder_.write("other.key", key), ""});
  }
  void replace(const Certificate& certificate) {
    install("server", certificate);
    loop_.advance(1s);
  }
};

TEST_F(TlsServerTest, SaysWhichFileCannotBeUsed) {
  const auto cert = folder_.file("server.pem");
  const auto key = folder_.file("server.key");
  EXPECT_THAT(refusal({"/nowhere", key, ""}),
              StartsWith("FAILED_PRECONDITION: cannot use the certificate '/nowhere': No such file"));
  EXPECT_THAT(refusal({cert, "/nowhere", ""}),
              StartsWith("FAILED_PRECONDITION: cannot use the key '/nowhere': No such file"));
  EXPECT_THAT(refusal({cert, key, "/nowhere"}),
              StartsWith("FAILED_PRECONDITION: cannot use the client CA '/nowhere': No such file"));
}

TEST_F(TlsServerTest, RefusesAKeyThatIsNotTheCertificates) {
  EXPECT_THAT(refusal_of_key(authority_.key_pem()), StartsWith("FAILED_PRECONDITION: cannot use the key '"));
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> other(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"),
                                                                  EVP_PKEY_free);
  EXPECT_THAT(refusal_of_key(Certificate::key_pem(other.get())),
              EndsWith("it does not belong to the certificate '" + folder_.file("server.pem") + "'"));
}

TEST_F(TlsServerTest, DoesNotAskForThePasswordOfAKey) {
  EXPECT_THAT(refusal_of_key(authority_.sign({}).locked_key_pem()),
              StartsWith("FAILED_PRECONDITION: cannot use the key '"));
}

TEST_F(TlsServerTest, SaysThatAClientSpeaksNoTls) {
  auto [here, there] = make_sockets();
  const auto server = make_server();
  test::Started<Accepted> accepting(loop_.worker(), server->accept(std::move(here)));
  const auto client = make_socket_stream(std::move(there));
  write(*client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  run(accepting, accepting);
  EXPECT_EQ(accepting.take().error().message(), "the client does not speak TLS");
}

TEST_F(TlsServerTest, SaysThatAClientDoesNotTrustIt) {
  install("server", Certificate::authority("Stranger").sign({}));
  const auto server = make_server();
  const auto ends = shake_hands(*server, *make_client());
  ASSERT_FALSE(ends.server);
  EXPECT_EQ(ends.server.error().message(), "the client does not know who has signed the certificate that it was shown");
}

TEST_F(TlsServerTest, ShowsItsNewCertificateToNewConnections) {
  const auto server = make_server();
  const auto client = make_client();
  auto before = shake_hands(*server, *client);
  ASSERT_TRUE(before.client && before.server);
  EXPECT_EQ((*before.client)->peer().tls_subject, "CN=localhost");
  replace(authority_.sign({.name = "renewed"}));
  EXPECT_EQ(view_of(*server, *client), "CN=renewed");
  EXPECT_THAT(log_->take(), ElementsAre("tls_reloaded file=" + folder_.file("server.pem"),
                                        "tls_reloaded file=" + folder_.file("server.key")));
  EXPECT_FALSE(write(**before.server, "still here"));
  EXPECT_EQ(read(**before.client), "still here");
}

TEST_F(TlsServerTest, LooksAtItsFilesOnceASecond) {
  const auto server = make_server();
  const auto client = make_client();
  EXPECT_EQ(view_of(*server, *client), "CN=localhost");
  loop_.advance(999ms);
  install("server", authority_.sign({.name = "renewed"}));
  EXPECT_EQ(view_of(*server, *client), "CN=localhost");
  loop_.advance(1ms);
  EXPECT_EQ(view_of(*server, *client), "CN=renewed");
}

TEST_F(TlsServerTest, KeepsWhatItHasWhileAKeyIsHalfWritten) {
  const auto server = make_server();
  const auto client = make_client();
  const auto renewed = authority_.sign({.name = "renewed"});
  const auto key = renewed.key_pem();
  folder_.write("server.pem", renewed.pem());
  folder_.write("server.key", key.substr(0, key.size() / 2));
  EXPECT_EQ(view_of(*server, *client), "CN=localhost");
  loop_.advance(1s);
  EXPECT_EQ(view_of(*server, *client), "CN=localhost");
  EXPECT_THAT(log_->take(), ElementsAre(StartsWith("tls_reload_failed file=" + folder_.file("server.key") +
                                                   " error=cannot use the key '")))
      << "said once";
  folder_.write("server.key", key);
  loop_.advance(1s);
  EXPECT_EQ(view_of(*server, *client), "CN=renewed");
  EXPECT_THAT(log_->take(), ElementsAre("tls_reloaded file=" + folder_.file("server.pem"),
                                        "tls_reloaded file=" + folder_.file("server.key")));
}

TEST_F(TlsServerTest, KeepsWhatItHasWhileThePairDoesNotMatch) {
  const auto server = make_server();
  const auto client = make_client();
  const auto cert = folder_.file("server.pem");
  std::filesystem::rename(cert, folder_.file("kept.pem"));
  folder_.write("server.pem", authority_.sign({.name = "renewed"}).pem());
  EXPECT_EQ(view_of(*server, *client), "CN=localhost");
  EXPECT_THAT(log_->take(), ElementsAre(StartsWith("tls_reload_failed file=" + folder_.file("server.key"))));
  std::filesystem::rename(folder_.file("kept.pem"), cert);
  loop_.advance(1s);
  EXPECT_EQ(view_of(*server, *client), "CN=localhost");
  EXPECT_TRUE(log_->take().empty()) << "it is what it was";
  folder_.write("server.pem", authority_.sign({.name = "renewed"}).pem());
  loop_.advance(1s);
  EXPECT_EQ(view_of(*server, *client), "CN=localhost");
  EXPECT_EQ(log_->take().size(), 1) << "another failure than before";
}

TEST_F(TlsServerTest, KeepsWhatItHasWhenAFileIsGone) {
  const auto server = make_server();
  const auto client = make_client();
  std::filesystem::remove(folder_.file("server.key"));
  EXPECT_EQ(view_of(*server, *client), "CN=localhost");
  EXPECT_THAT(log_->take(), ElementsAre(StartsWith("tls_reload_failed file=" + folder_.file("server.key"))));
}

TEST_F(TlsServerTest, DemandsTheNewAuthorityOfItsClients) {
  const auto second = Certificate::authority("Second");
  folder_.write("clients.pem", authority_.pem());
  install("client", second.sign({.name = "client"}));
  const auto server = make_server("clients.pem");
  const auto client = make_client("client");
  EXPECT_FALSE(shake_hands(*server, *client).server);
  folder_.write("clients.pem", second.pem());
  loop_.advance(1s);
  EXPECT_TRUE(shake_hands(*server, *client).server);
}

TEST_F(TlsServerTest, MayBeUsedByAllWorkersWhileItsFilesChange) {
  const auto server = make_server();
  const auto client = make_client();
  std::atomic<int> connected = 0;
  const auto work = [&] {
    test::ManualLoop loop;
    for (int round = 0; round < 10; ++round) {
      int ends[2];
      if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
      Socket here(loop.worker().io_context(), Socket::protocol_type(AF_UNIX, 0), ends[0]);
      Socket there(loop.worker().io_context(), Socket::protocol_type(AF_UNIX, 0), ends[1]);
      test::Started<Accepted> accepting(loop.worker(), server->accept(std::move(here)));
      test::Started<Opened> opening(loop.worker(), client->connect(std::move(there), "localhost"));
      while (!accepting.done() || !opening.done()) loop.advance(1s);
      if (accepting.take() && opening.take()) ++connected;
    }
  };
  {
    std::jthread first(work);
    std::jthread second(work);
    for (int round = 0; round < 10; ++round) install("server", authority_.sign({.name = "renewed"}));
  }
  EXPECT_EQ(connected, 20);
}

}  // namespace
}  // namespace plinth::net
