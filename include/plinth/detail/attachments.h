#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "plinth/detail/pool.h"

namespace plinth::detail {

/// Objects of different types, at most one of each: few, so they are looked for one after the other.
class Attachments {
 public:
  Attachments() = default;
  ~Attachments() { clear(); }
  Attachments(const Attachments&) = delete;
  Attachments& operator=(const Attachments&) = delete;

  template <class T>
  std::remove_cvref_t<T>& put(T&& value) {
    using Value = std::remove_cvref_t<T>;
    static_assert(alignof(Value) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__, "attach a pointer to what is over-aligned");
    if (auto* old = find<Value>()) return *old = std::forward<T>(value);
    auto* const holder = new Holder<Value>(std::forward<T>(value));
    holder->next = first_;
    first_ = holder;
    return holder->value;
  }

  template <class T>
  T* find() const noexcept {
    for (auto* holder = first_; holder; holder = holder->next) {
      if (holder->type == &kType<std::remove_cv_t<T>>) {
        return &static_cast<Holder<std::remove_cv_t<T>>*>(holder)->value;
      }
    }
    return nullptr;
  }

  void clear() noexcept {
    while (first_) delete std::exchange(first_, first_->next);
  }

 private:
  template <class T>
  static constexpr char kType = 0;

  struct AnyHolder {
    explicit AnyHolder(const char* type) noexcept : type(type) {}
    virtual ~AnyHolder() = default;
    const char* type;
    AnyHolder* next = nullptr;
  };

  template <class T>
  struct Holder final : AnyHolder {
    explicit Holder(T held) : AnyHolder(&kType<T>), value(std::move(held)) {}
    static void* operator new(std::size_t size) { return pool_allocate(size); }
    static void operator delete(void* holder, std::size_t size) noexcept { pool_free(holder, size); }
    T value;
  };

  AnyHolder* first_ = nullptr;
};

}  // namespace plinth::detail
