#pragma once

#include "admin/page.h"
#include "plinth/settings.h"

namespace plinth::admin {

/// /configz: every setting with the value that is in force, as one JSON object. Secrets are hidden.
Answer config_page(const Settings& settings);

}  // namespace plinth::admin
