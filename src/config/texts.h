#pragma once

#include <string>

#include "config/kind.h"

/// Kinds of text. None of them may have a line break or another control character.
namespace plinth::config {

/// Not empty.
Kind<std::string> line();

/// The path of a file, or nothing. Whether there is such a file, whoever opens it will say.
Kind<std::string> path();

/// Where to listen. Whether it can be listened on, the listener will say.
Kind<std::string> host();
Kind<std::string> host_or_socket();

/// Of http or https.
Kind<std::string> url();
Kind<std::string> url_or_none();

}  // namespace plinth::config
