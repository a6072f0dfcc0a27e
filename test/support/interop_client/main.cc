#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "cases.h"
#include "client.h"
#include "plinth/async.h"

namespace plinth::interop {

namespace {

void run(const Case& one, Client& client, Runtime* runtime) {
  runtime ? sync_wait(runtime->worker(0), one.run(client)) : sync_wait(one.run(client));
}

/// What a server says may have lines.
std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    byte < ' ' ? line.append(fmt::format("\\x{:02x}", byte)) : line.append(1, c);
  }
  return line;
}

/// One line about one case.
bool report(const Case& one, Client& client, Runtime* runtime) {
  const auto begin = Clock::now();
  std::string verdict;
  bool passed = false;
  try {
    run(one, client, runtime);
    verdict = "ok";
    passed = true;
  } catch (const std::exception& error) {
    verdict = fmt::format("FAILED: {}", on_one_line(error.what()));
  }
  const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
  fmt::print("{}: {} ({:.0f} ms)\n", one.name, verdict, took.count());
  std::fflush(stdout);
  return passed;
}

int run_all(const Flags& flags) {
  const auto runtime = flags.on_worker ? std::make_unique<Runtime>() : nullptr;
  Client client(flags);
  bool passed = true;
  for (const auto& name : flags.test_cases) passed &= report(*find_case(name), client, runtime.get());
  return passed ? 0 : 1;
}

}  // namespace

}  // namespace plinth::interop

int main(int argc, char** argv) {
  const auto flags = plinth::interop::read_flags(argc, argv);
  try {
    return plinth::interop::run_all(flags);
  } catch (const plinth::StatusError& error) {
    fmt::print(stderr, "interop-client: {}\n", error.status().to_string());
    return 1;
  }
}
