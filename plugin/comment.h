#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

namespace plinth::plugin {

/// The lines of a comment of a .proto, each fit to stand after "//" in C++: no line end and no backslash (nor its
/// trigraph) at its end, which would carry the comment on to the next line; control characters and what is no UTF-8 are
/// spaces. No empty lines at either end.
std::vector<std::string> comment_lines(std::string_view text);

/// The comment before a service or a method; where there is none, the one after it.
template <class Descriptor>
std::vector<std::string> comment_of(const Descriptor& descriptor) {
  google::protobuf::SourceLocation location;
  if (!descriptor.GetSourceLocation(&location)) return {};
  auto leading = comment_lines(location.leading_comments);
  return leading.empty() ? comment_lines(location.trailing_comments) : leading;
}

}  // namespace plinth::plugin
