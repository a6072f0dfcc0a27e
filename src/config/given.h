#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "plinth/settings.h"

namespace plinth::config {

/// What somebody has set, and where.
struct GivenValue {
  std::string value;
  /// As it was spelled.
  std::string name;
  /// In the .env file; 0: in the environment.
  std::size_t line = 0;
};

/// The variables that may be meant for us, by their name in upper case.
struct Given {
  std::map<std::string, GivenValue, std::less<>> values;
  std::vector<std::string> warnings;
};

/// Gathers them from the file and the environment, which wins. When one source has a name twice, in different case, the
/// spelling in upper case counts. The error is one line.
std::expected<Given, std::string> gather(const SettingsSource& source);

}  // namespace plinth::config
