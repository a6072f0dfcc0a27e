#include "pb_names.h"

#include <google/protobuf/compiler/cpp/names.h>

#include <string_view>
#include <utility>

namespace plinth::plugin {
namespace {

namespace pb = google::protobuf;
namespace cpp = google::protobuf::compiler::cpp;

class PbNames {
 public:
  explicit PbNames(const pb::FileDescriptor& file)
      : package_(file.package()), within_(package_.empty() ? "" : package_ + '.') {
    if (package_.empty()) names_ = {"fmt", "google", "plinth", "std"};
    add(file);
  }

  std::set<std::string> take() { return std::move(names_); }

 private:
  void add(const pb::FileDescriptor& file) {
    if (!seen_.insert(&file).second) return;
    if (file.package() == package_) add_members(file);
    add_namespace(file.package());
    for (int i = 0; i < file.dependency_count(); ++i) add(*file.dependency(i));
  }

  void add_members(const pb::FileDescriptor& file) {
    for (int i = 0; i < file.message_type_count(); ++i) add(*file.message_type(i));
    for (int i = 0; i < file.enum_type_count(); ++i) add(*file.enum_type(i));
    for (int i = 0; i < file.extension_count(); ++i) add(cpp::QualifiedExtensionName(file.extension(i)));
  }

  void add(const pb::Descriptor& message) {
    auto name = cpp::ClassName(&message);
    names_.insert(name + "DefaultTypeInternal");
    names_.insert(std::move(name));
    for (int i = 0; i < message.nested_type_count(); ++i) add(*message.nested_type(i));
    for (int i = 0; i < message.enum_type_count(); ++i) names_.insert(cpp::ClassName(message.enum_type(i)));
  }

  void add(const pb::EnumDescriptor& type) {
    names_.insert(cpp::ClassName(&type));
    for (int i = 0; i < type.value_count(); ++i) names_.insert(cpp::EnumValueName(type.value(i)));
  }

  /// "::a::b::name"
  void add(const std::string& qualified) { names_.insert(qualified.substr(qualified.rfind(':') + 1)); }

  /// Of "a.b.c", in the package "a": "b".
  void add_namespace(std::string_view package) {
    if (!package.starts_with(within_)) return;
    package.remove_prefix(within_.size());
    names_.emplace(package.substr(0, package.find('.')));
  }

  const std::string package_;
  const std::string within_;  // how the names of packages within it begin
  std::set<std::string> names_;
  std::set<const pb::FileDescriptor*> seen_;
};

}  // namespace

std::set<std::string> pb_names(const pb::FileDescriptor& file) { return PbNames(file).take(); }

}  // namespace plinth::plugin
