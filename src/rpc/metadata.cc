#include "plinth/metadata.h"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

namespace plinth {

namespace {

bool is_key_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

void check_key(std::string_view key) {
  if (key.empty() || !std::ranges::all_of(key, is_key_character)) {
    throw std::invalid_argument(fmt::format("metadata key '{}': use only a-z, 0-9, '_', '-' and '.'", key));
  }
  if (key.starts_with("grpc-")) {
    throw std::invalid_argument(fmt::format("metadata key '{}': keys that begin with 'grpc-' belong to gRPC", key));
  }
}

void check_value(std::string_view key, std::string_view value) {
  if (Metadata::is_binary_key(key)) return;
  if (!std::ranges::all_of(value, [](char c) { return c >= 0x20 && c <= 0x7e; })) {
    throw std::invalid_argument(
        fmt::format("metadata '{}': the value is not printable ASCII; end the key in '-bin' to send bytes", key));
  }
}

}  // namespace

Metadata::Metadata(std::initializer_list<Pair> pairs) {
  for (const auto& pair : pairs) add(pair.key, pair.value);
}

void Metadata::add(std::string_view key, std::string_view value) {
  check_key(key);
  check_value(key, value);
  add_unchecked(key, value);
}

void Metadata::add_unchecked(std::string_view key, std::string_view value) {
  const Entry entry{static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(key.size()),
                    static_cast<std::uint32_t>(value.size())};
  entries_.push_back(entry);
  const auto needed = bytes_.size() + key.size() + value.size();
  if (needed <= bytes_.capacity()) {
    bytes_.append(key).append(value);
    return;
  }
  std::string larger;  // beside the old buffer, which the arguments may point into
  larger.reserve(std::max(needed, 2 * bytes_.capacity()));
  larger.append(bytes_).append(key).append(value);
  bytes_.swap(larger);
}

void Metadata::set(std::string_view key, std::string_view value) {
  check_key(key);
  check_value(key, value);
  const std::string kept_key(key), kept_value(value);  // they may point into our own buffer
  remove(kept_key);
  add_unchecked(kept_key, kept_value);
}

std::size_t Metadata::remove(std::string_view key) {
  const auto found = std::ranges::count_if(*this, [&](const Pair& pair) { return pair.key == key; });
  if (found == 0) return 0;
  Metadata rest;
  for (const auto& pair : *this) {
    if (pair.key != key) rest.add_unchecked(pair.key, pair.value);
  }
  *this = std::move(rest);
  return static_cast<std::size_t>(found);
}

std::optional<std::string_view> Metadata::get(std::string_view key) const noexcept {
  for (const auto& pair : *this) {
    if (pair.key == key) return pair.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Metadata::get_all(std::string_view key) const {
  std::vector<std::string_view> values;
  for (const auto& pair : *this) {
    if (pair.key == key) values.push_back(pair.value);
  }
  return values;
}

std::size_t Metadata::wire_size() const noexcept {
  std::size_t size = 32 * entries_.size();
  for (const auto& pair : *this) {
    size += pair.key.size() + (is_binary_key(pair.key) ? (pair.value.size() * 4 + 2) / 3 : pair.value.size());
  }
  return size;
}

void Metadata::clear() noexcept {
  bytes_.clear();
  entries_.clear();
}

Metadata::Pair Metadata::at(std::size_t index) const noexcept {
  const auto& entry = entries_[index];
  const std::string_view bytes = bytes_;
  return {bytes.substr(entry.offset, entry.key_size), bytes.substr(entry.offset + entry.key_size, entry.value_size)};
}

}  // namespace plinth
