#pragma once

#include <memory>
#include <string>

#include "auth/algorithm.h"
#include "auth/key_source.h"
#include "plinth/log.h"
#include "plinth/security_settings.h"

namespace plinth::auth {

/// FAILED_PRECONDITION when it is not known.
Result<const Algorithm*> algorithm_of(const SecuritySettings& settings);

/// The keys for `algorithm` that these settings speak of, and what it takes to get them. FAILED_PRECONDITION, with one
/// sentence, when they do not fit it or cannot be had. `ca_file` is for an https:// URL; empty: what the system trusts.
/// The last owner must not be a worker.
Result<std::shared_ptr<KeySource>> make_key_source(const Algorithm& algorithm, const SecuritySettings& settings,
                                                   const std::string& ca_file, const std::shared_ptr<Logger>& logger);

}  // namespace plinth::auth
