#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

namespace plinth::interceptors {

/// What belongs to each of a few objects that stay where they are: registered methods, workers. Made when it is first
/// asked for; stays where it is until the map is destroyed. May be used from any thread, and finding takes no lock.
template <class Key, class Value>
class PointerMap {
 public:
  using Make = std::function<Value(const Key&)>;

  explicit PointerMap(Make make) : make_(std::move(make)) {}
  ~PointerMap() {
    for (auto& head : heads_) {
      for (auto* node = head.load(); node;) delete std::exchange(node, node->next);
    }
  }
  PointerMap(const PointerMap&) = delete;
  PointerMap& operator=(const PointerMap&) = delete;

  Value& operator[](const Key& key) {
    auto& head = head_of(key);
    auto* const found = find(head, key);
    return found ? found->value : add(head, key);
  }

 private:
  struct Node {
    Node(const Key& key, Value value, Node* next) : key(&key), next(next), value(std::move(value)) {}
    const Key* key;
    Node* next;
    Value value;
  };
  using Head = std::atomic<Node*>;

  Head& head_of(const Key& key) noexcept {
    const auto bits = reinterpret_cast<std::uintptr_t>(&key) / alignof(Key);
    return heads_[(bits ^ bits / kHeads) % kHeads];
  }

  static Node* find(const Head& head, const Key& key) noexcept {
    auto* node = head.load(std::memory_order_acquire);
    while (node && node->key != &key) node = node->next;
    return node;
  }

  Value& add(Head& head, const Key& key) {
    std::lock_guard lock(adding_);
    if (auto* const found = find(head, key)) return found->value;
    auto* const node = new Node(key, make_(key), head.load());
    head.store(node, std::memory_order_release);
    return node->value;
  }

  static constexpr std::size_t kHeads = 256;

  Make make_;
  std::mutex adding_;
  std::array<Head, kHeads> heads_{};
};

}  // namespace plinth::interceptors
