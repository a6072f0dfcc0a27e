#pragma once

#include <boost/system/error_code.hpp>
#include <cstdint>
#include <system_error>

namespace plinth::net {

enum class TlsRole : std::uint8_t { kServer, kClient };

/// What goes wrong with TLS, in words: "the server does not speak TLS". Those of OpenSSL's errors that say nothing to
/// somebody who does not know its sources; the others are as OpenSSL has them. Errors that are not TLS's stay what they
/// are. `peer` is the other end.
std::error_code tls_error(const boost::system::error_code& error, TlsRole peer);

/// The handshake has ended without the choice of h2.
std::error_code no_h2_error(TlsRole peer);

/// The certificate of the other end was not accepted: `verdict` is one of OpenSSL's X509_V_ERR codes.
std::error_code bad_certificate_error(long verdict, TlsRole peer);

}  // namespace plinth::net
