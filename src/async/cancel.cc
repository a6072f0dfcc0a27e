#include "plinth/cancel.h"

#include <utility>

#include "base/assert.h"

namespace plinth {

namespace {
thread_local CancelScope* current_scope = nullptr;
thread_local std::atomic<const Method*> method_of_thread = nullptr;
}  // namespace

CancelScope* CancelScope::current() noexcept { return current_scope; }

std::atomic<const Method*>& detail::running_method() noexcept { return method_of_thread; }

CancelScope::Entered::Entered(CancelScope* scope) noexcept : previous_(std::exchange(current_scope, scope)) {
  method_of_thread.store(scope ? scope->method_ : nullptr, std::memory_order_relaxed);
}

CancelScope::Entered::~Entered() {
  current_scope = previous_;
  method_of_thread.store(previous_ ? previous_->method_ : nullptr, std::memory_order_relaxed);
}

CancelScope::CancelScope(CancelScope* parent) {
  if (!parent) return;
  call_ = parent->call_;
  method_ = parent->method_;
  if (parent->cancelled()) {
    reason_ = parent->reason();
  } else {
    parent->attach(link_);
  }
}

void CancelScope::cancel(Status reason) noexcept {
  PLINTH_ASSERT(!reason.ok(), "cancel with an error: OK is no reason to stop");
  if (cancelled()) return;
  reason_ = std::move(reason);
  while (!observers_.empty()) {
    auto& observer = observers_.pop_front();
    observer.on_cancel(reason_);
  }
}

}  // namespace plinth
