#include "plinth/cancel.h"

#include <utility>

#include "base/assert.h"

namespace plinth {

namespace {
thread_local CancelScope* current_scope = nullptr;
}

CancelScope* CancelScope::current() noexcept { return current_scope; }

CancelScope::Entered::Entered(CancelScope* scope) noexcept : previous_(std::exchange(current_scope, scope)) {}

CancelScope::Entered::~Entered() { current_scope = previous_; }

CancelScope::CancelScope(CancelScope* parent) {
  if (!parent) return;
  call_ = parent->call_;
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
