#include <fmt/format.h>
#include <google/protobuf/compiler/code_generator.h>
#include <google/protobuf/compiler/plugin.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "emit.h"

namespace plinth::plugin {
namespace {

namespace pb = google::protobuf;

using Emit = void (*)(const FileModel& file, pb::io::Printer& out);

void write_file(const FileModel& model, const char* ending, Emit emit, pb::compiler::GeneratorContext& directory) {
  std::unique_ptr<pb::io::ZeroCopyOutputStream> file(directory.Open(model.base + ending));
  pb::io::Printer printer(file.get(), '$');
  emit(model, printer);
}

class Generator final : public pb::compiler::CodeGenerator {
 public:
  /// Not protobuf's, which puts the name of the file before an error that has it already.
  bool GenerateAll(const std::vector<const pb::FileDescriptor*>& files, const std::string& options,
                   pb::compiler::GeneratorContext* directory, std::string* error) const override {
    return std::ranges::all_of(files, [&](const auto* file) { return Generate(file, options, directory, error); });
  }

  bool Generate(const pb::FileDescriptor* file, const std::string& options, pb::compiler::GeneratorContext* directory,
                std::string* error) const override {
    if (!options.empty()) {
      *error = fmt::format("unknown option \"{}\": there are none, write --plinth_out=DIR", options);
      return false;
    }
    try {
      auto model = make_model(*file);
      write_file(model, ".plinth.h", &emit_header, *directory);
      write_file(model, ".plinth.cc", &emit_source, *directory);
      write_file(model, ".plinth.fake.h", &emit_fake, *directory);
    } catch (const std::invalid_argument& unusable) {
      *error = unusable.what();
    }
    return error->empty();
  }

  uint64_t GetSupportedFeatures() const override { return FEATURE_PROTO3_OPTIONAL; }
};

}  // namespace
}  // namespace plinth::plugin

int main(int argc, char* argv[]) {
  plinth::plugin::Generator generator;
  return google::protobuf::compiler::PluginMain(argc, argv, &generator);
}
