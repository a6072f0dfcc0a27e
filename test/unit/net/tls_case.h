#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/tls_client.h"
#include "net/tls_server.h"
#include "plinth/asio.h"
#include "support/certificates.h"
#include "support/kept_log.h"
#include "support/manual_loop.h"

namespace plinth::net {

/// Both ends of TLS on one worker, over a pair of sockets, with files in a folder: the authority's in ca.pem, the
/// server's in server.pem and server.key.
class TlsCase : public testing::Test {
 protected:
  using Accepted = std::expected<std::unique_ptr<ByteStream>, std::error_code>;
  using Opened = Result<std::unique_ptr<ByteStream>>;

  TlsCase() {
    folder_.write("ca.pem", authority_.pem());
    install("server", authority_.sign({}));
  }

  void install(const std::string& name, const test::Certificate& certificate) {
    folder_.write(name + ".pem", certificate.pem());
    folder_.write(name + ".key", certificate.key_pem());
  }

  std::unique_ptr<TlsServer> make_server(const std::string& client_ca = "") {
    const auto ca_file = client_ca.empty() ? "" : folder_.file(client_ca);
    auto server = TlsServer::load({folder_.file("server.pem"), folder_.file("server.key"), ca_file}, log_);
    EXPECT_TRUE(server) << server.error().to_string();
    return std::move(*server);
  }
  std::shared_ptr<TlsClient> make_client(const std::string& identity = "") {
    ClientTlsSettings files{.ca_file = folder_.file("ca.pem")};
    if (!identity.empty()) files.cert_file = folder_.file(identity + ".pem");
    if (!identity.empty()) files.key_file = folder_.file(identity + ".key");
    auto client = TlsClient::load(files, log_);
    EXPECT_TRUE(client) << client.error().to_string();
    return *client;
  }

  std::pair<Socket, Socket> make_sockets() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
    return {socket_of(ends[0]), socket_of(ends[1])};
  }

  /// Gives both ends what they have to do, until nothing is left.
  template <class First, class Second>
  void run(First& first, Second& second) {
    for (int turn = 0; turn < 100 && !(first.done() && second.done()); ++turn) loop_.poll();
  }

  struct Ends {
    Accepted server;
    Opened client;
  };
  Ends shake_hands(TlsServer& server, TlsClient& client, const std::string& name = "localhost") {
    auto [here, there] = make_sockets();
    test::Started<Accepted> accepting(loop_.worker(), server.accept(std::move(here)));
    test::Started<Opened> opening(loop_.worker(), client.connect(std::move(there), name));
    run(accepting, opening);
    return {accepting.take(), opening.take()};
  }

  /// What the client says of the server: the subject of its certificate, or what is wrong.
  std::string view_of(TlsServer& server, TlsClient& client, const std::string& name = "localhost") {
    const auto ends = shake_hands(server, client, name);
    return ends.client ? (*ends.client)->peer().tls_subject : ends.client.error().to_string();
  }
  std::string view_of(const test::Certificate& certificate, const std::string& name = "localhost") {
    install("server", certificate);
    return view_of(*make_server(), *make_client(), name);
  }

  std::string read(ByteStream& stream) {
    std::array<std::byte, 100> space;
    test::Started<IoResult> reading(loop_.worker(), stream.read_some(space));
    run(reading, reading);
    const auto size = reading.take();
    return size ? std::string(reinterpret_cast<const char*>(space.data()), *size) : size.error().message();
  }
  std::error_code write(ByteStream& stream, std::string_view text) {
    const auto piece = base::as_bytes(text);
    test::Started<std::error_code> writing(loop_.worker(), stream.write_all(std::span(&piece, 1)));
    run(writing, writing);
    return writing.take();
  }

  test::TempFolder folder_;
  test::ManualLoop loop_;
  std::shared_ptr<test::KeptLog> log_ = std::make_shared<test::KeptLog>();
  test::Certificate authority_ = test::Certificate::authority("Trusted");

 private:
  Socket socket_of(int handle) {
    return Socket(loop_.worker().io_context(), Socket::protocol_type(AF_UNIX, 0), handle);
  }
};

}  // namespace plinth::net
