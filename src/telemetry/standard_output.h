#pragma once

#include <memory>

#include "telemetry/line_writer.h"

namespace plinth::telemetry {

/// The standard output of the program: one writer for all of its loggers, so that their lines stay whole and in order.
/// Flushed when the program exits by returning from main or by std::exit.
std::shared_ptr<LineWriter> standard_output();

/// Whether a person looks at `fd`: it is a terminal, and NO_COLOR is not set.
bool wants_colour(int fd) noexcept;

}  // namespace plinth::telemetry
