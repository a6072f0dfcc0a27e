#pragma once

#include <google/protobuf/io/printer.h>

#include "model.h"

namespace plinth::plugin {

/// Writes <base>.plinth.h: the classes of the services. It names messages without including their definitions.
void emit_header(const FileModel& file, google::protobuf::io::Printer& out);

/// Writes <base>.plinth.cc: the table of methods, what handlers answer that nobody wrote, and the calls of the stubs.
void emit_source(const FileModel& file, google::protobuf::io::Printer& out);

/// Writes <base>.plinth.fake.h: servicers made of functions, for tests.
void emit_fake(const FileModel& file, google::protobuf::io::Printer& out);

}  // namespace plinth::plugin
