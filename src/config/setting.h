#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "plinth/settings.h"

namespace plinth::config {

/// One row of the table of settings: everything that is known of one variable.
struct Setting {
  std::string_view name;
  std::string_view help;
  /// Completes "expected ...".
  std::string allowed;
  std::string default_value;
  /// Puts a value where it belongs; false when it is not allowed.
  std::function<bool(Settings&, std::string_view)> apply;
  /// The value that is there now. The settings stay as they are.
  std::function<std::string(Settings&)> print;
  /// Its value is never shown.
  bool secret = false;
  /// A variable that other programs read too: a value that is not allowed is passed over with a warning.
  bool lenient = false;
};

/// The table. Where two rows fill the same member, the later one wins.
std::span<const Setting> all_settings();

/// The row of this name, which is in upper case; null when there is none.
const Setting* find_setting(std::string_view name);

}  // namespace plinth::config
