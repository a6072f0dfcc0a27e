#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plinth/task.h"

namespace plinth::interop {

class Client;

/// One case of gRPC's interop-test-descriptions.md. `run` throws CaseFailed when what the description asserts does not
/// hold.
struct Case {
  std::string_view name;
  Task<void> (*run)(Client& client);
};

std::vector<Case> unary_cases();
std::vector<Case> streaming_cases();
std::vector<Case> compression_cases();
std::vector<Case> metadata_cases();
std::vector<Case> status_cases();
std::vector<Case> cancellation_cases();
std::vector<Case> load_report_cases();
std::vector<Case> soak_cases();

/// All of them, in the order in which "all" runs them.
const std::vector<Case>& all_cases();

/// Null when there is none.
const Case* find_case(std::string_view name);

/// " a b c"
std::string case_names();

/// Of a case of the descriptions that this client does not have: why. Empty for any other name.
std::string_view why_refused(std::string_view name);

}  // namespace plinth::interop
