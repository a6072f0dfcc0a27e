#pragma once

#include <string>
#include <string_view>

namespace plinth::admin {

/// Whether only this machine reaches a port that listens on `host`: a loopback address, or "localhost".
bool is_loopback(const std::string& host);

/// Whether a request's Host is one by which this machine is asked: "localhost", an address, or nothing. A browser that
/// has been led here by somebody's DNS ("DNS rebinding") says that one's name.
bool is_local_authority(std::string_view authority);

}  // namespace plinth::admin
