#include "check.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "names.h"

namespace plinth::plugin {
namespace {

namespace pb = google::protobuf;

/// `path` is the statement, by the numbers of the fields that lead to it in FileDescriptorProto.
[[noreturn]] void refuse(const pb::FileDescriptor& file, const std::vector<int>& path, const std::string& why) {
  pb::SourceLocation place;
  throw std::invalid_argument(
      file.GetSourceLocation(path, &place)
          ? fmt::format("{}:{}:{}: {}", file.name(), place.start_line + 1, place.start_column + 1, why)
          : fmt::format("{}: {}", file.name(), why));
}

[[noreturn]] void refuse_package(const pb::FileDescriptor& file, const std::string& why) {
  refuse(file, {pb::FileDescriptorProto::kPackageFieldNumber},
         fmt::format("package {}: {}; rename the package", file.package(), why));
}

void check_package(const pb::FileDescriptor& file) {
  if (file.package() == "plinth") refuse_package(file, "the namespace of this name is the library's own");
  std::string_view rest = file.package();
  while (!rest.empty()) {
    auto part = rest.substr(0, rest.find('.'));
    if (is_cpp_keyword(part)) {
      refuse_package(file, fmt::format("\"{}\" is a C++ keyword, so no namespace can have this name", part));
    }
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
}

void check_options(const pb::FileDescriptor& file) {
  if (!file.options().cc_generic_services()) return;
  refuse(file, {pb::FileDescriptorProto::kOptionsFieldNumber, pb::FileOptions::kCcGenericServicesFieldNumber},
         fmt::format("option cc_generic_services makes protoc define class {} too; remove the option",
                     file.service(0)->name()));
}

void check_messages(const pb::MethodDescriptor& method) {
  check_package(*method.input_type()->file());
  check_package(*method.output_type()->file());
}

}  // namespace

void check(const pb::FileDescriptor& file) {
  if (file.service_count() == 0) return;
  check_package(file);
  check_options(file);
  for (int i = 0; i < file.service_count(); ++i) {
    for (int j = 0; j < file.service(i)->method_count(); ++j) check_messages(*file.service(i)->method(j));
  }
}

}  // namespace plinth::plugin
