#pragma once

namespace plinth::test {

/// How often something was entered and left.
struct Visits {
  int entered = 0;
  int left = 0;
  int inside() const noexcept { return entered - left; }
};

/// Enters where it is declared, leaves at the end of that scope, however it ends.
class Visit {
 public:
  explicit Visit(Visits& visits) : visits_(visits) { ++visits_.entered; }
  ~Visit() { ++visits_.left; }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

 private:
  Visits& visits_;
};

}  // namespace plinth::test
