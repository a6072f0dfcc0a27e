// Runs a fuzz target without a fuzzer: every seed of a folder, then a fixed number of mutations of them, which are the
// same in every run.
//
//     wire_fuzz <folder of seeds> <mutations> [first mutation]

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace {

constexpr std::size_t kLargestInput = 64 * 1024;

std::string current;  // what is being run, for the last words

void say_what_ran() { std::fprintf(stderr, "fuzz: this happened with %s\n", current.c_str()); }

void on_abort(int) {
  say_what_ran();
  std::_Exit(1);
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> files_of(const char* folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

/// One input made from the seeds; the number is all that it depends on.
class Mutation {
 public:
  Mutation(const std::vector<std::string>& seeds, std::uint64_t number) : seeds_(seeds), random_(number) {}

  std::string make() {
    input_ = seeds_[below(seeds_.size())];
    for (std::size_t steps = 1 + below(6); steps > 0; --steps) change();
    if (input_.size() > kLargestInput) input_.resize(kLargestInput);
    return std::move(input_);
  }

 private:
  /// 0 to `end` - 1. Not a std distribution: those differ between libraries.
  std::size_t below(std::size_t end) { return end == 0 ? 0 : random_() % end; }
  std::size_t place() { return below(input_.size() + 1); }

  char telling_byte() {
    static constexpr unsigned char kBytes[] = {0, 1, 2, 0x7f, 0x80, 0xff, ' ', '\n', '%', '=', ',', ':', '/', '0', '9'};
    return static_cast<char>(kBytes[below(std::size(kBytes))]);
  }

  void change() {
    const auto at = place();
    switch (below(7)) {
      case 0:
        if (at < input_.size()) input_[at] = static_cast<char>(input_[at] ^ (1 << below(8)));
        break;
      case 1:
        if (at < input_.size()) input_[at] = telling_byte();
        break;
      case 2: input_.insert(at, 1 + below(8), telling_byte()); break;
      case 3: input_.erase(at, 1 + below(16)); break;
      case 4: input_.insert(place(), input_.substr(at, below(256))); break;
      case 5: input_.resize(at); break;
      default: {
        const auto& other = seeds_[below(seeds_.size())];
        input_.insert(at, other.substr(below(other.size() + 1), below(256)));
      }
    }
  }

  const std::vector<std::string>& seeds_;
  std::mt19937_64 random_;
  std::string input_;
};

void run(const std::string& input) {
  // An exact block, so that the sanitizers see a read past the end.
  const std::vector<std::uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

int usage() {
  std::fprintf(stderr, "usage: <this program> <folder of seeds> <mutations> [first mutation]\n");
  return 2;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3 || count > 4) return usage();
  const auto files = files_of(arguments[1]);
  if (files.empty()) return std::fprintf(stderr, "fuzz: no seeds in %s\n", arguments[1]), 2;
  std::signal(SIGABRT, on_abort);
  if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(say_what_ran);

  std::vector<std::string> seeds;
  for (const auto& file : files) {
    seeds.push_back(read_file(file));
    current = "the seed " + file.string();
    run(seeds.back());
  }
  const auto mutations = std::strtoull(arguments[2], nullptr, 10);
  const auto first = count == 4 ? std::strtoull(arguments[3], nullptr, 10) : 0;
  for (auto number = first; number < first + mutations; ++number) {
    current = "mutation " + std::to_string(number) + "; to repeat it alone, give the arguments: " + arguments[1] +
              " 1 " + std::to_string(number);
    run(Mutation(seeds, number).make());
  }
  std::printf("fuzz: %zu seeds and %llu mutations\n", seeds.size(), mutations);
  return 0;
}
