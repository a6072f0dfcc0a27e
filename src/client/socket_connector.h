#pragma once

#include <memory>
#include <string>

#include "client/connector.h"
#include "net/tls_client.h"

namespace plinth::client {

/// Connects by TCP or Unix socket; with `tls` encrypted, to a server whose certificate is for `server_name`.
std::shared_ptr<Connector> make_socket_connector(std::shared_ptr<net::TlsClient> tls, std::string server_name);

}  // namespace plinth::client
