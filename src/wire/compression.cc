#include "wire/compression.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "base/assert.h"
#include "wire/text.h"

namespace plinth::wire {

namespace {

using base::Bytes;
using base::ByteView;

constexpr int kGzipFormat = 16;
constexpr int kLevel = 4;  // makes protobuf messages as small as the default of 6 does, in three quarters of the time
constexpr std::size_t kLargestInput = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t kFirstOutput = 1024;
constexpr std::size_t kLikelyRatio = 8;

void set_input(z_stream& stream, ByteView bytes) noexcept {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
}

/// Gives the room that there is behind the first `used` bytes.
uInt set_output(z_stream& stream, Bytes& bytes, std::size_t used) noexcept {
  stream.next_out = reinterpret_cast<Bytef*>(bytes.mutable_data() + used);
  stream.avail_out = static_cast<uInt>(std::min<std::size_t>(bytes.size() - used, std::numeric_limits<uInt>::max()));
  return stream.avail_out;
}

Status too_large(std::size_t limit) {
  return resource_exhausted(
      "message is larger than the limit of {} bytes when decompressed; send less, or raise the limit", limit);
}

/// zlib's state is large, so each thread keeps one for each direction.
class Deflater {
 public:
  Deflater() {
    constexpr int kMemory = 8;
    if (deflateInit2(&stream_, kLevel, Z_DEFLATED, MAX_WBITS + kGzipFormat, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream_); }

  z_stream& begin(ByteView message) noexcept {
    deflateReset(&stream_);
    set_input(stream_, message);
    return stream_;
  }

 private:
  z_stream stream_{};
};

class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, MAX_WBITS + kGzipFormat) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  z_stream& begin(ByteView message) noexcept {
    inflateReset(&stream_);
    set_input(stream_, message);
    return stream_;
  }

 private:
  z_stream stream_{};
};

/// What comes out of an Inflater: a block that grows up to a limit.
class Output {
 public:
  Output(std::size_t first, std::size_t limit) : bytes_(Bytes::allocate(first)), limit_(limit) {}

  std::size_t size() const noexcept { return size_; }

  int inflate_from(z_stream& stream) {
    if (size_ == bytes_.size()) grow();
    const uInt room = set_output(stream, bytes_, size_);
    const int result = inflate(&stream, Z_NO_FLUSH);
    size_ += room - stream.avail_out;
    return result;
  }

  Bytes take() noexcept {
    bytes_.truncate(size_);
    return std::move(bytes_);
  }

 private:
  void grow() {
    Bytes larger = Bytes::allocate(std::min(limit_, std::max(kFirstOutput, 2 * bytes_.size())));
    std::memcpy(larger.mutable_data(), bytes_.data(), size_);
    bytes_ = std::move(larger);
  }

  Bytes bytes_;
  std::size_t size_ = 0;
  std::size_t limit_;
};

Bytes gzip(ByteView message) {
  PLINTH_ASSERT(message.size() <= kLargestInput, "compress messages below 2 GiB only: send larger ones as they are");
  thread_local Deflater deflater;
  z_stream& stream = deflater.begin(message);
  Bytes packed = Bytes::allocate(deflateBound(&stream, message.size()));
  set_output(stream, packed, 0);
  const int result = deflate(&stream, Z_FINISH);
  PLINTH_ASSERT(result == Z_STREAM_END, "deflateBound must leave room for the whole: this is a bug of zlib");
  const bool wasteful = stream.total_out < packed.size() / 2;
  packed.truncate(stream.total_out);
  return wasteful ? Bytes::copy_of(packed.view()) : std::move(packed);
}

/// gzip ends with the size of what it holds. The peer may lie there, so it is believed within a likely measure only.
std::size_t first_output(ByteView message, std::size_t limit) noexcept {
  std::size_t claimed = 0;
  for (std::size_t i = 1; i <= 4 && i <= message.size(); ++i) {
    claimed = claimed << 8 | std::to_integer<std::size_t>(message[message.size() - i]);
  }
  return std::min({std::max<std::size_t>(claimed, 1), kLikelyRatio * message.size() + kFirstOutput, limit});
}

Result<Bytes> gunzip(ByteView message, std::size_t max_size) {
  thread_local Inflater inflater;
  z_stream& stream = inflater.begin(message);
  const std::size_t limit = std::max(max_size, max_size + 1);  // a byte more than allowed shows that there is more
  Output plain(first_output(message, limit), limit);
  int result = Z_OK;
  while (result == Z_OK && plain.size() <= max_size) result = plain.inflate_from(stream);
  if (plain.size() > max_size) return std::unexpected(too_large(max_size));
  switch (result) {
    case Z_STREAM_END: break;
    case Z_MEM_ERROR: throw std::bad_alloc();
    case Z_BUF_ERROR: return std::unexpected(internal_error("compressed message is cut short"));
    default: return std::unexpected(internal_error("compressed message is not gzip"));
  }
  if (stream.avail_in > 0) return std::unexpected(internal_error("compressed message has bytes behind its end"));
  return plain.take();
}

}  // namespace

std::string_view to_string(Encoding encoding) noexcept { return encoding == Encoding::kGzip ? "gzip" : "identity"; }

std::optional<Encoding> parse_encoding(std::string_view name) noexcept {
  if (name == "identity") return Encoding::kIdentity;
  if (name == "gzip") return Encoding::kGzip;
  return std::nullopt;
}

bool accepts(std::string_view list, Encoding encoding) noexcept {
  if (encoding == Encoding::kIdentity) return true;
  return !each_item(list, [&](std::string_view name) { return name != to_string(encoding); });
}

Bytes compress(Encoding encoding, ByteView message) {
  return encoding == Encoding::kGzip ? gzip(message) : Bytes::copy_of(message);
}

Result<Bytes> decompress(Encoding encoding, ByteView message, std::size_t max_size) {
  if (encoding == Encoding::kGzip) return gunzip(message, max_size);
  return std::unexpected(internal_error("message is marked as compressed, but grpc-encoding names no compression"));
}

}  // namespace plinth::wire
