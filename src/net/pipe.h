#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "net/byte_stream.h"

namespace plinth::net {

/// Two byte streams, each of which reads what the other writes: a connection without a network, on one worker. A writer
/// waits while `capacity` bytes have not been read.
std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> make_pipe(const std::string& name,
                                                                              std::size_t capacity = 64 * 1024);

}  // namespace plinth::net
