#include "server/preface.h"

#include <fmt/format.h>

#include <algorithm>

namespace plinth::server {

namespace {
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
}

PrefaceCheck::Verdict PrefaceCheck::feed(base::ByteView bytes) noexcept {
  const auto text = base::as_text(bytes);
  if (!started_ && !text.empty()) {
    started_ = true;
    first_is_letter_ = text.front() >= 'A' && text.front() <= 'Z';
  }
  const auto size = std::min(text.size(), kPreface.size() - matched_);
  if (text.substr(0, size) != kPreface.substr(matched_, size)) return Verdict::kOther;
  matched_ += size;
  return matched_ == kPreface.size() ? Verdict::kHttp2 : Verdict::kNeedMore;
}

std::string http1_answer() {
  constexpr std::string_view kText =
      "This is a gRPC port: it speaks HTTP/2 without an upgrade from HTTP/1.\n"
      "Call it with a gRPC client, for example: buf curl --protocol grpc --http2-prior-knowledge\n";
  return fmt::format(
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n"
      "Connection: close\r\n\r\n{}",
      kText.size(), kText);
}

}  // namespace plinth::server
