#pragma once

#include <array>
#include <cstdint>

#include "grpc/testing/messages.pb.h"

namespace plinth::interop {

using SimpleRequest = ::grpc::testing::SimpleRequest;
using SimpleResponse = ::grpc::testing::SimpleResponse;
using InputRequest = ::grpc::testing::StreamingInputCallRequest;
using OutputRequest = ::grpc::testing::StreamingOutputCallRequest;

/// Of large_unary.
inline constexpr std::int32_t kLargeRequest = 271828;
inline constexpr std::int32_t kLargeResponse = 314159;

/// Of the streams.
inline constexpr std::array<std::int32_t, 4> kRequestSizes = {27182, 8, 1828, 45904};
inline constexpr std::array<std::int32_t, 4> kResponseSizes = {31415, 9, 2653, 58979};

/// Payloads of zeros.
SimpleRequest simple_request(std::int32_t size, std::int32_t response_size);
SimpleRequest large_request();
InputRequest input_request(std::int32_t size);
/// That asks for one response of this size.
OutputRequest output_request(std::int32_t size, std::int32_t response_size);

}  // namespace plinth::interop
