#include "net/dialer.h"

#include <boost/asio/ip/tcp.hpp>

#include "async/here.h"
#include "plinth/asio.h"

namespace plinth::net {

namespace asio = boost::asio;

Task<std::expected<Socket, std::error_code>> connect(Endpoint endpoint) {
  const auto address = endpoint.generic();
  Socket socket(here().io_context());
  boost::system::error_code failed;
  if (socket.open(address.protocol(), failed)) co_return std::unexpected(std::error_code(failed));
  auto operation = socket.async_connect(address, asio::deferred);
  auto [error] = co_await std::move(operation);
  if (error) co_return std::unexpected(std::error_code(error));
  const bool is_tcp = endpoint.family() != Endpoint::Family::kUnix;
  if (is_tcp && socket.set_option(asio::ip::tcp::no_delay(true), failed)) {
    co_return std::unexpected(std::error_code(failed));
  }
  co_return std::move(socket);
}

}  // namespace plinth::net
