#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>

/// What a certificate says, as text.
namespace plinth::net {

/// The subject as RFC 2253 writes it.
std::string subject_of(const X509* certificate);

/// That of the certificate that the other end has proved to own; empty when it has shown none.
std::string peer_subject(const SSL* ssl);

/// Whom it is for: its DNS names and IP addresses; without any, its common name. Not more than a few, and only
/// characters that can be printed.
std::string names_of(const X509* certificate);

/// Why a server's certificate is not accepted by a client that wants `wanted`, in the middle of its verification:
/// "the server's certificate is for a.example, b.example, not for 'c.example'".
std::string why_refused(X509_STORE_CTX* verification, const std::string& wanted);

}  // namespace plinth::net
