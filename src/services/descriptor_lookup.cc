#include "services/descriptor_lookup.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>

#include "services/name.h"

namespace plinth::services {

namespace pb = google::protobuf;

namespace {

/// Long names are kept from the pool: for a name of n dots it looks n times, each time with a copy of the name.
Status check_name(const std::string& name) {
  if (name.size() <= kMaxNameSize) return {};
  return invalid_argument("no name has {} bytes: at most {} are looked up", name.size(), kMaxNameSize);
}

/// The pool gives some file for a package too, which no one file declares.
bool is_package_of(const std::string& symbol, const pb::FileDescriptor& file) {
  const std::string_view package = file.package();
  return package.starts_with(symbol) && (package.size() == symbol.size() || package[symbol.size()] == '.');
}

std::string serialized(const pb::FileDescriptor& file) {
  pb::FileDescriptorProto proto;
  file.CopyTo(&proto);
  return proto.SerializeAsString();
}

}  // namespace

Result<const pb::FileDescriptor*> DescriptorLookup::file(const std::string& name) const {
  if (auto status = check_name(name); !status.ok()) return std::unexpected(std::move(status));
  if (const auto* file = pool_.FindFileByName(name)) return file;
  return std::unexpected(not_found("there is no file {}", shown(name)));
}

Result<const pb::FileDescriptor*> DescriptorLookup::file_of_symbol(const std::string& symbol) const {
  if (auto status = check_name(symbol); !status.ok()) return std::unexpected(std::move(status));
  const auto* file = pool_.FindFileContainingSymbol(symbol);
  if (file && !is_package_of(symbol, *file)) return file;
  return std::unexpected(not_found("there is no symbol {}", shown(symbol)));
}

Result<const pb::FileDescriptor*> DescriptorLookup::file_of_extension(const std::string& type, int number) const {
  auto extended = message(type);
  if (!extended) return std::unexpected(std::move(extended).error());
  if (const auto* extension = pool_.FindExtensionByNumber(*extended, number)) return extension->file();
  return std::unexpected(not_found("there is no extension {} of {}", number, shown(type)));
}

Result<std::vector<int>> DescriptorLookup::extension_numbers(const std::string& type) const {
  auto extended = message(type);
  if (!extended) return std::unexpected(std::move(extended).error());
  std::vector<const pb::FieldDescriptor*> extensions;
  pool_.FindAllExtensions(*extended, &extensions);
  std::vector<int> numbers;
  for (const auto* extension : extensions) numbers.push_back(extension->number());
  std::ranges::sort(numbers);
  return numbers;
}

Result<const pb::Descriptor*> DescriptorLookup::message(const std::string& type) const {
  if (auto status = check_name(type); !status.ok()) return std::unexpected(std::move(status));
  if (const auto* message = pool_.FindMessageTypeByName(type)) return message;
  return std::unexpected(not_found("there is no message {}", shown(type)));
}

std::vector<std::string> SentFiles::with_dependencies(const pb::FileDescriptor& file) {
  std::vector<const pb::FileDescriptor*> files{&file};
  sent_.insert(&file);
  for (std::size_t i = 0; i < files.size(); ++i) {
    for (int j = 0; j < files[i]->dependency_count(); ++j) {
      const auto* needed = files[i]->dependency(j);
      if (sent_.insert(needed).second) files.push_back(needed);
    }
  }
  std::vector<std::string> result;
  for (const auto* each : files) result.push_back(serialized(*each));
  return result;
}

}  // namespace plinth::services
