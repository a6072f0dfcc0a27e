#pragma once

#include "client.h"
#include "messages.h"

namespace plinth::interop {

/// UnaryCall, which must succeed, and answer with as many zeros as it was asked for.
Task<void> call_large_unary(Client& client, SimpleRequest request, CallOptions options = {});

}  // namespace plinth::interop
