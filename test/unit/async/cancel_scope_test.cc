#include "plinth/cancel.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace plinth {
namespace {

class Witness final : public CancelScope::Observer {
 public:
  explicit Witness(std::function<void()> then = [] {}) : then_(std::move(then)) {}
  void on_cancel(const Status& reason) noexcept override {
    ++told;
    last = reason;
    then_();
  }
  int told = 0;
  Status last;

 private:
  std::function<void()> then_;
};

TEST(CancelScope, StartsWithoutAReason) {
  CancelScope scope;
  EXPECT_FALSE(scope.cancelled());
  EXPECT_TRUE(scope.reason().ok());
  EXPECT_NO_THROW(scope.check());
}

TEST(CancelScope, TellsItsObserversTheReasonOnce) {
  CancelScope scope;
  Witness first, second;
  scope.attach(first);
  scope.attach(second);
  scope.cancel(deadline_exceeded("late"));
  scope.cancel(cancelled("again"));
  for (auto* witness : {&first, &second}) {
    EXPECT_EQ(witness->told, 1);
    EXPECT_EQ(witness->last, deadline_exceeded("late"));
    EXPECT_FALSE(witness->linked());
  }
  EXPECT_EQ(scope.reason(), deadline_exceeded("late")) << "only the first reason counts";
}

TEST(CancelScope, CheckThrowsTheReason) {
  CancelScope scope;
  scope.cancel(aborted("stop"));
  try {
    scope.check();
    ADD_FAILURE() << "check must throw in a cancelled scope";
  } catch (const StatusError& error) {
    EXPECT_EQ(error.status(), aborted("stop"));
  }
}

TEST(CancelScope, AnObserverThatHasLeftIsNotTold) {
  CancelScope scope;
  Witness stays, left;
  scope.attach(left);
  scope.attach(stays);
  {
    Witness destroyed;
    scope.attach(destroyed);
  }
  left.unlink();
  scope.cancel(cancelled("now"));
  EXPECT_EQ(left.told, 0);
  EXPECT_EQ(stays.told, 1);
}

TEST(CancelScope, AnObserverMayLeaveOrDieWhileOthersAreTold) {
  CancelScope scope;
  Witness leaves;
  std::optional<Witness> dies(std::in_place);
  Witness first([&] {
    leaves.unlink();
    dies.reset();
  });
  Witness last;
  scope.attach(first);
  scope.attach(leaves);
  scope.attach(*dies);
  scope.attach(last);
  scope.cancel(cancelled("now"));
  EXPECT_EQ(first.told, 1);
  EXPECT_EQ(leaves.told, 0);
  EXPECT_EQ(last.told, 1) << "those who are behind one that left are still told";
}

TEST(CancelScope, AnObserverSeesTheScopeCancelled) {
  CancelScope scope;
  bool seen = false;
  Witness witness([&] { seen = scope.cancelled(); });
  scope.attach(witness);
  scope.cancel(cancelled("now"));
  EXPECT_TRUE(seen);
}

TEST(CancelScope, IsCancelledWithItsParent) {
  CancelScope parent;
  CancelScope child(&parent);
  CancelScope grandchild(&child);
  Witness witness;
  grandchild.attach(witness);
  parent.cancel(unavailable("parent"));
  EXPECT_EQ(child.reason(), unavailable("parent"));
  EXPECT_EQ(witness.last, unavailable("parent"));
}

TEST(CancelScope, LeavesItsParentAlone) {
  CancelScope parent;
  CancelScope child(&parent), sibling(&parent);
  child.cancel(cancelled("only me"));
  EXPECT_FALSE(parent.cancelled());
  EXPECT_FALSE(sibling.cancelled());
  parent.cancel(aborted("all"));
  EXPECT_EQ(child.reason(), cancelled("only me")) << "its own reason came first";
  EXPECT_EQ(sibling.reason(), aborted("all"));
}

TEST(CancelScope, OfACancelledParentStartsCancelled) {
  CancelScope parent;
  parent.cancel(aborted("before"));
  CancelScope child(&parent);
  EXPECT_EQ(child.reason(), aborted("before"));
}

TEST(CancelScope, MayEndBeforeItsParentIsCancelled) {
  CancelScope parent;
  {
    CancelScope child(&parent);
  }
  parent.cancel(cancelled("now"));
  EXPECT_TRUE(parent.cancelled());
}

TEST(CancelScope, MayOutliveItsObserversAndTheyIt) {
  Witness witness;
  {
    CancelScope scope;
    scope.attach(witness);
  }
  EXPECT_FALSE(witness.linked());
}

TEST(CancelScope, HasTheCallOfItsParent) {
  auto* call = reinterpret_cast<CallContext*>(std::uintptr_t{16});
  CancelScope parent;
  EXPECT_EQ(parent.call(), nullptr);
  parent.set_call(call);
  CancelScope child(&parent);
  EXPECT_EQ(child.call(), call);
}

TEST(CancelScope, WithoutAParentIsAlone) {
  CancelScope scope(nullptr);
  EXPECT_EQ(scope.call(), nullptr);
  EXPECT_FALSE(scope.cancelled());
}

TEST(CancelScope, EnteredNestsAndRestores) {
  CancelScope outer, inner;
  EXPECT_EQ(CancelScope::current(), nullptr);
  {
    CancelScope::Entered in_outer(&outer);
    EXPECT_EQ(CancelScope::current(), &outer);
    {
      CancelScope::Entered in_inner(&inner);
      EXPECT_EQ(CancelScope::current(), &inner);
      CancelScope::Entered in_none(nullptr);
      EXPECT_EQ(CancelScope::current(), nullptr);
    }
    EXPECT_EQ(CancelScope::current(), &outer);
  }
  EXPECT_EQ(CancelScope::current(), nullptr);
}

TEST(CancelScopeDeathTest, AnOkStatusIsNoReason) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  CancelScope scope;
  EXPECT_DEATH(scope.cancel(Status()), "cancel with an error");
}

}  // namespace
}  // namespace plinth
