#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plinth {

/// The key-value pairs that travel before (initial) and after (trailing) the messages of a call.
/// Keys are lower case and may repeat; order is kept. A key that ends in "-bin" has a binary value, which is raw here
/// and base64 on the wire (gRPC's PROTOCOL-HTTP2.md, "Custom-Metadata").
///
/// All pairs share one buffer, which `clear` keeps: a reused Metadata does not allocate. Views that it gives stay valid
/// until it is next changed. Not for concurrent use while it is being changed.
class Metadata {
 public:
  struct Pair {
    std::string_view key;
    std::string_view value;
    friend bool operator==(const Pair&, const Pair&) = default;
  };

  Metadata() = default;
  Metadata(std::initializer_list<Pair> pairs);

  /// Appends a pair. Throws std::invalid_argument when the key is not [0-9a-z_.-]+, is reserved ("grpc-..."), or
  /// when the value of a key without "-bin" has a character outside of printable ASCII.
  void add(std::string_view key, std::string_view value);

  /// Replaces every pair of this key by one. Throws as `add` does.
  void set(std::string_view key, std::string_view value);

  /// Removes every pair of this key; says how many there were.
  std::size_t remove(std::string_view key);

  /// The first value of a key.
  std::optional<std::string_view> get(std::string_view key) const noexcept;
  std::vector<std::string_view> get_all(std::string_view key) const;
  bool contains(std::string_view key) const noexcept { return get(key).has_value(); }

  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  void clear() noexcept;

  /// Bytes as HTTP/2 counts a header list (RFC 9113, section 6.5.2): keys, values (binary ones as base64), and 32 for
  /// each pair.
  std::size_t wire_size() const noexcept;

  /// Appends a pair that has been checked elsewhere.
  void add_unchecked(std::string_view key, std::string_view value);

  static bool is_binary_key(std::string_view key) noexcept { return key.ends_with("-bin"); }

  class Iterator {
   public:
    using value_type = Pair;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Pair operator*() const noexcept { return metadata_->at(index_); }
    Iterator& operator++() noexcept { return ++index_, *this; }
    Iterator operator++(int) noexcept {
      auto old = *this;
      ++index_;
      return old;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    friend class Metadata;
    Iterator(const Metadata* metadata, std::size_t index) noexcept : metadata_(metadata), index_(index) {}
    const Metadata* metadata_ = nullptr;
    std::size_t index_ = 0;
  };
  using value_type = Pair;
  using const_iterator = Iterator;
  Iterator begin() const noexcept { return {this, 0}; }
  Iterator end() const noexcept { return {this, entries_.size()}; }

 private:
  struct Entry {
    std::uint32_t offset;
    std::uint32_t key_size;
    std::uint32_t value_size;
  };
  Pair at(std::size_t index) const noexcept;

  std::string bytes_;
  std::vector<Entry> entries_;
};

}  // namespace plinth
