#pragma once

#include <cstddef>

namespace plinth::detail {

/// A member of at most one List<T>. Leaves its list when destroyed.
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;

  bool linked() const noexcept { return next_ != this; }
  void unlink() noexcept {
    prev_->next_ = next_;
    next_->prev_ = prev_;
    next_ = prev_ = this;
  }

 protected:
  ~ListNode() { unlink(); }

 private:
  template <class T>
  friend class List;
  ListNode* next_ = this;
  ListNode* prev_ = this;
};

/// A doubly linked list of things that carry their own links. Owns nothing and never allocates.
template <class T>
class List {
 public:
  List() = default;
  ~List() {
    while (!empty()) head_.next_->unlink();
  }

  bool empty() const noexcept { return !head_.linked(); }
  T& front() noexcept { return static_cast<T&>(*head_.next_); }
  T& back() noexcept { return static_cast<T&>(*head_.prev_); }

  void push_back(T& item) noexcept { insert_before(head_, item); }

  T& pop_front() noexcept {
    T& item = front();
    static_cast<ListNode&>(item).unlink();
    return item;
  }

  /// Moves every member of `other` to the end of this list.
  void splice_back(List& other) noexcept {
    if (other.empty()) return;
    ListNode *first = other.head_.next_, *last = other.head_.prev_;
    other.head_.unlink();
    first->prev_ = head_.prev_;
    head_.prev_->next_ = first;
    last->next_ = &head_;
    head_.prev_ = last;
  }

  class Iterator {
   public:
    explicit Iterator(ListNode* node) noexcept : node_(node) {}
    T& operator*() const noexcept { return static_cast<T&>(*node_); }
    Iterator& operator++() noexcept { return node_ = List::next(*node_), *this; }
    bool operator==(const Iterator&) const = default;

   private:
    ListNode* node_;
  };
  Iterator begin() noexcept { return Iterator(head_.next_); }
  Iterator end() noexcept { return Iterator(&head_); }

 private:
  class Head : public ListNode {
   public:
    ~Head() = default;
  };
  static ListNode* next(ListNode& node) noexcept { return node.next_; }
  static void insert_before(ListNode& place, ListNode& node) noexcept {
    node.unlink();
    node.prev_ = place.prev_;
    node.next_ = &place;
    place.prev_->next_ = &node;
    place.prev_ = &node;
  }

  Head head_;
};

}  // namespace plinth::detail
