#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "grpc/testing/test.grpc.pb.h"

namespace grpcpp_interop {

/// A case of gRPC's interop-test-descriptions.md: throws std::runtime_error when what it asserts does not hold.
using Case = std::function<void(const std::shared_ptr<grpc::Channel>& channel)>;

/// Those that grpc++ can express, by name.
const std::map<std::string, Case>& cases();

}  // namespace grpcpp_interop
