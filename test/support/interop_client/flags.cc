#include "flags.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "cases.h"

namespace plinth::interop {

namespace {

constexpr int kUsageError = 2;

/// Flags of the official programs that ask for what this one does not have.
constexpr std::string_view kCloudFlags[] = {"--default_service_account", "--oauth_scope", "--service_account_key_file",
                                            "--use_alts", "--custom_credentials_type"};

/// What was said but is not kept.
struct Rest {
  std::string test_case = "large_unary";
  std::string additional_metadata;
  bool use_test_ca = false;
};

void define_server(CLI::App& app, Flags& flags, Rest& rest) {
  app.add_option("--server_host", flags.server_host, "A name or an address")->capture_default_str();
  app.add_option("--server_port", flags.server_port)->required();
  app.add_option("--server_host_override", flags.server_host_override,
                 "What the server is called, in its certificate and in :authority");
  app.add_flag("--use_tls", flags.use_tls, "--use_tls=true or --use_tls=false: whether to speak TLS");
  app.add_flag("--use_test_ca", rest.use_test_ca, "Trust --ca_file instead of what the system trusts");
  app.add_option("--ca_file", flags.ca_file, "In PEM; with --use_tls")->check(CLI::ExistingFile);
  app.add_option("--service_config_json", flags.service_config_json, "Of the channel");
}

void define_cases(CLI::App& app, Flags& flags, Rest& rest) {
  app.add_option("--test_case", rest.test_case, "A name, several with commas between them, or \"all\"")
      ->capture_default_str();
  app.add_option("--additional_metadata", rest.additional_metadata, "key:value;key:value, sent with every call");
  app.add_flag("--on_worker", flags.on_worker, "Call from a worker of a runtime, not from the main thread");
}

void define_soak(CLI::App& app, SoakFlags& soak) {
  app.add_option("--soak_iterations", soak.iterations)->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--soak_max_failures", soak.max_failures, "Calls that may fail, or take too long")
      ->capture_default_str();
  app.add_option("--soak_per_iteration_max_acceptable_latency_ms", soak.max_latency_ms)->capture_default_str();
  app.add_option("--soak_overall_timeout_seconds", soak.overall_timeout_seconds,
                 "After this no call is begun; without it, as long as all iterations may take");
  app.add_option("--soak_min_time_ms_between_rpcs", soak.min_time_ms_between_rpcs)->capture_default_str();
  app.add_option("--soak_request_size", soak.request_size)->check(CLI::NonNegativeNumber)->capture_default_str();
  app.add_option("--soak_response_size", soak.response_size)->check(CLI::NonNegativeNumber)->capture_default_str();
}

void refuse_cloud_flags(CLI::App& app) {
  for (const auto flag : kCloudFlags) {
    const auto refuse = [flag](const std::string&) {
      throw CLI::ValidationError(std::string(flag), "asks for credentials of a cloud, which this client does not have");
    };
    app.add_option_function<std::string>(std::string(flag), refuse, "Refused: no credentials of a cloud")->group("");
  }
}

std::vector<std::string> split(const std::string& text, char separator) {
  return text.empty() ? std::vector<std::string>() : CLI::detail::split(text, separator);
}

void read_metadata(const std::string& text, Metadata& metadata) {
  constexpr auto kFlag = "--additional_metadata";
  for (const auto& pair : split(text, ';')) {
    const auto colon = pair.find(':');
    if (colon == std::string::npos) throw CLI::ValidationError(kFlag, "'" + pair + "' is not key:value");
    try {
      metadata.add(pair.substr(0, colon), pair.substr(colon + 1));
    } catch (const std::invalid_argument& error) {
      throw CLI::ValidationError(kFlag, error.what());
    }
  }
}

void check_case(const std::string& name) {
  if (find_case(name)) return;
  const auto reason = why_refused(name);
  throw CLI::ValidationError("--test_case", reason.empty()
                                                ? "there is no case '" + name + "'; known are: all" + case_names()
                                                : name + " " + std::string(reason));
}

void take_rest(Flags& flags, const Rest& rest) {
  if (rest.use_test_ca && flags.ca_file.empty()) {
    throw CLI::ValidationError("--use_test_ca", "needs --ca_file too: the certificate is not part of this program");
  }
  read_metadata(rest.additional_metadata, flags.additional_metadata);
  if (rest.test_case == "all") {
    for (const auto& one : all_cases()) flags.test_cases.emplace_back(one.name);
    return;
  }
  flags.test_cases = split(rest.test_case, ',');
  for (const auto& name : flags.test_cases) check_case(name);
}

}  // namespace

Flags read_flags(int argc, char** argv) {
  CLI::App app("The client of gRPC's interoperability tests (grpc.testing.TestService)");
  Flags flags;
  Rest rest;
  define_server(app, flags, rest);
  define_cases(app, flags, rest);
  define_soak(app, flags.soak);
  refuse_cloud_flags(app);
  try {
    app.parse(argc, argv);
    take_rest(flags, rest);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : kUsageError);
  }
  return flags;
}

}  // namespace plinth::interop
