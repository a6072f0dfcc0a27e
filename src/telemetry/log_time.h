#pragma once

#include <fmt/format.h>

#include <chrono>

namespace plinth::telemetry {

/// "2026-01-02T03:04:05.678901Z" (RFC 3339, UTC)
void append_timestamp(fmt::memory_buffer& line, std::chrono::system_clock::time_point time);

/// "03:04:05.678", in the time zone of the machine
void append_time_of_day(fmt::memory_buffer& line, std::chrono::system_clock::time_point time);

}  // namespace plinth::telemetry
