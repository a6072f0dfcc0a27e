#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <unordered_set>
#include <vector>

#include "plinth/status.h"

namespace plinth::services {

/// Finds what a name from a client stands for. The errors are for that client: NOT_FOUND, and INVALID_ARGUMENT for a
/// name that is too long to be one. May be used by many threads at once.
class DescriptorLookup {
 public:
  using File = google::protobuf::FileDescriptor;

  /// `pool` must outlive it.
  explicit DescriptorLookup(const google::protobuf::DescriptorPool& pool) noexcept : pool_(pool) {}

  Result<const File*> file(const std::string& name) const;

  /// The file that declares a service, method, message, field, oneof, enum, enum value or extension.
  Result<const File*> file_of_symbol(const std::string& symbol) const;

  /// The file that declares the extension of `type` with this number.
  Result<const File*> file_of_extension(const std::string& type, int number) const;

  /// The numbers of all extensions of `type`, in order.
  Result<std::vector<int>> extension_numbers(const std::string& type) const;

 private:
  Result<const google::protobuf::Descriptor*> message(const std::string& type) const;

  const google::protobuf::DescriptorPool& pool_;
};

/// The files that one stream of answers has had.
class SentFiles {
 public:
  /// A FileDescriptorProto each, serialized: `file`, and after it those of the files that it needs that the stream has
  /// not had yet.
  std::vector<std::string> with_dependencies(const google::protobuf::FileDescriptor& file);

 private:
  std::unordered_set<const google::protobuf::FileDescriptor*> sent_;
};

}  // namespace plinth::services
