#include "interceptors/status_level.h"

namespace plinth::interceptors {

LogLevel level_of(StatusCode code) noexcept {
  switch (code) {
    case StatusCode::kUnknown:
    case StatusCode::kInternal:
    case StatusCode::kDataLoss: return LogLevel::kError;
    case StatusCode::kUnavailable:
    case StatusCode::kDeadlineExceeded:
    case StatusCode::kResourceExhausted: return LogLevel::kWarning;
    default: return LogLevel::kInfo;
  }
}

}  // namespace plinth::interceptors
