// Feeds the parsers of src/wire with anything. The first byte of an input chooses the parser:
// f framing, t timeout, p percent, b base64, r request head, a answer (the fields of a response, an empty line between
// blocks), d decompress.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/fuzz.h"
#include "wire/base64.h"
#include "wire/compression.h"
#include "wire/framing.h"
#include "wire/percent.h"
#include "wire/request_fields.h"
#include "wire/request_head.h"
#include "wire/response_fields.h"
#include "wire/response_head.h"
#include "wire/timeout.h"

namespace plinth::wire {
namespace {

using fuzz::each_line;
using fuzz::expect;

struct Decoded {
  std::string again;  // the messages, framed once more
  bool ok = true;
};

Decoded decode(std::string_view bytes, std::size_t step, std::size_t limit) {
  FrameDecoder decoder(limit);
  Decoded result;
  while (result.ok && !bytes.empty()) {
    const auto part = bytes.substr(0, step);
    bytes.remove_prefix(part.size());
    result.ok = decoder.feed(base::as_bytes(part)).ok();
    while (const auto frame = decoder.next()) {
      expect(frame->message.size() <= limit, "no message is above the limit");
      std::array<std::byte, kPrefixSize> prefix;
      write_prefix(prefix.data(), frame->compressed, static_cast<std::uint32_t>(frame->message.size()));
      result.again.append(base::as_text(prefix)).append(frame->message.text());
    }
  }
  expect(!result.ok || !decoder.at_boundary() || decoder.buffered() == 0, "between messages nothing is held");
  return result;
}

void fuzz_framing(std::string_view bytes) {
  constexpr std::size_t kLimit = 10'000;
  const auto whole = decode(bytes, bytes.size(), kLimit);
  expect(bytes.starts_with(whole.again), "the messages are the bytes of the input");
  for (const std::size_t step : {1, 3, 7, 64}) {
    const auto split = decode(bytes, step, kLimit);
    expect(split.again == whole.again && split.ok == whole.ok, "however the input is split, the messages are the same");
  }
}

void fuzz_timeout(std::string_view text) {
  const auto timeout = parse_timeout(text);
  if (!timeout) return;
  expect(*timeout >= Duration::zero(), "no timeout is negative");
  std::array<char, 16> buffer;
  const auto back = parse_timeout(format_timeout(*timeout, buffer));
  expect(back == *timeout, "what eight digits gave, eight digits can hold");
}

void fuzz_percent(std::string_view text) {
  expect(percent_decode(text).size() <= text.size(), "decoding does not make it longer");
  const auto encoded = percent_encode(text);
  expect(percent_decode(encoded) == text, "what is encoded can be decoded");
  expect(is_percent_safe(text) == (encoded == text), "safe texts are those that stay the same");
}

void fuzz_base64(std::string_view text) {
  expect(base64_decode(base64_encode(text)) == text, "what is encoded can be decoded");
  if (const auto bytes = base64_decode(text)) {
    expect(base64_decode(base64_encode(*bytes)) == bytes, "what was decoded can be encoded");
  }
}

template <class Reader>
void read_line(Reader& reader, std::string_view line) {
  const auto colon = std::min(line.find(':', 1), line.size());
  const auto value = line.substr(std::min(colon + 1, line.size()));
  reader.on_field(line.substr(0, colon), value.starts_with(' ') ? value.substr(1) : value);
}

void expect_names(const Metadata& metadata) {
  for (const auto& [key, value] : metadata) expect(!key.empty() && key[0] != ':', "keys are names");
}

/// Metadata that was received, sent on in a request.
void send_on(const Metadata& metadata) {
  base::FieldList fields;
  FieldTexts texts;
  append_request_head({.path = "/s/m", .authority = "a", .timeout = Duration(1)}, metadata, fields, texts);
  RequestHead head;
  for (const auto& field : fields) head.on_field(field.name, field.value);
  expect(!head.check(), "a request of ours is a good one");
  expect(head.metadata().size() <= metadata.size() + 1, "nothing is added but the user-agent");
}

void fuzz_request_head(std::string_view text) {
  RequestHead head;
  each_line(text, [&](std::string_view line) { read_line(head, line); });
  const auto problem = head.check();
  if (problem) expect(!problem->status.ok(), "a problem is an error");
  expect_names(head.metadata());

  base::FieldList fields;
  FieldTexts texts;
  append_response_head(head.encoding(), head.metadata(), fields, texts);
  append_trailers(problem ? problem->status : Status(), head.metadata(), fields, texts);
  const auto is_status = [](const base::Field& field) { return field.name == "grpc-status"; };
  expect(std::ranges::count_if(fields, is_status) == 1, "metadata sent back does not add a second status");
  send_on(head.metadata());
}

Status read_response(ResponseFields& response, std::string_view text) {
  response.reset();
  bool in_block = false;
  each_line(text, [&](std::string_view line) {
    in_block = !line.empty();
    if (in_block) return read_line(response, line);
    response.on_fields_end(false);
    if (response.has_head() && !response.check().ok()) expect(!response.status().ok(), "a bad head does not end well");
  });
  if (in_block) response.on_fields_end(true);
  return response.status();
}

void fuzz_response(std::string_view text) {
  Metadata initial, trailing;
  ResponseFields response(initial, trailing);
  const auto status = read_response(response, text);
  expect(!status.ok() || text.find("grpc-status") != std::string_view::npos,
         "no call ends well unless the peer says so");
  expect(!response.is_trailers_only() || initial.empty(), "trailers-only have no initial metadata");
  expect_names(initial);
  expect_names(trailing);
  const auto size = initial.size() + trailing.size();
  expect(read_response(response, text) == status, "the next response is not changed by the one before");
  expect(initial.size() + trailing.size() == size, "nor is its metadata");
  send_on(initial);
  send_on(trailing);
}

void fuzz_decompress(std::string_view bytes) {
  constexpr std::size_t kLimit = 50'000;
  if (const auto plain = decompress(Encoding::kGzip, base::as_bytes(bytes), kLimit)) {
    expect(plain->size() <= kLimit, "no message is above the limit");
  }
  const auto packed = compress(Encoding::kGzip, base::as_bytes(bytes));
  const auto back = decompress(Encoding::kGzip, packed.view(), bytes.size());
  expect(back && back->text() == bytes, "what is compressed can be decompressed");
}

}  // namespace
}  // namespace plinth::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace plinth::wire;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'f': fuzz_framing(rest); break;
    case 't': fuzz_timeout(rest); break;
    case 'p': fuzz_percent(rest); break;
    case 'b': fuzz_base64(rest); break;
    case 'r': fuzz_request_head(rest); break;
    case 'a': fuzz_response(rest); break;
    case 'd': fuzz_decompress(rest); break;
    default: break;
  }
  return 0;
}
