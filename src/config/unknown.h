#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/given.h"

namespace plinth::config {

/// The name of the setting that is the fewest edits away.
std::string_view closest_setting(std::string_view name);

/// One line for each name that looks like one of ours and is none; not more than a screenful.
std::vector<std::string> warn_of_unknown(const Given& given);

}  // namespace plinth::config
