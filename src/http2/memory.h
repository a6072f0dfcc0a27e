#pragma once

#include <nghttp2/nghttp2.h>

namespace plinth::http2 {

/// nghttp2's memory, from the pool of the thread: what it allocates comes and goes with every stream and frame.
nghttp2_mem* pooled_memory() noexcept;

}  // namespace plinth::http2
