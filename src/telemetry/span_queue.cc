#include "telemetry/span_queue.h"

#include <algorithm>
#include <utility>

namespace plinth::telemetry {

namespace {
/// What a clock can still be asked to wait for.
constexpr Duration kLongestWait = std::chrono::hours(24 * 365);
}  // namespace

bool SpanQueue::push(std::unique_ptr<SpanRecord> span) {
  std::lock_guard lock(mutex_);
  const auto size = span->size;
  if (spans_.size() == kMostSpans || bytes_ + size > kMostBytes) return false;
  spans_.push_back(std::move(span));
  bytes_ += size;
  ++pushed_;
  if (spans_.size() == kBatchSpans && wake_) wake_->set();
  return true;
}

SpanQueue::Batch SpanQueue::take_batch() {
  std::lock_guard lock(mutex_);
  Batch batch;
  std::size_t bytes = 0;
  while (!spans_.empty() && batch.size() < kBatchSpans && bytes < kBatchBytes) {
    bytes += spans_.front()->size;
    batch.push_back(std::move(spans_.front()));
    spans_.pop_front();
  }
  bytes_ -= bytes;
  on_the_way_ = batch.size();
  return batch;
}

void SpanQueue::sent() {
  std::lock_guard lock(mutex_);
  gone_ += std::exchange(on_the_way_, 0);
  changed_.notify_all();
}

void SpanQueue::listen(Event wake) {
  std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

bool SpanQueue::has_batch() const {
  std::lock_guard lock(mutex_);
  return spans_.size() >= kBatchSpans;
}

bool SpanQueue::hurried() const {
  std::lock_guard lock(mutex_);
  return hurrying_ > 0 && (!spans_.empty() || on_the_way_ > 0);
}

bool SpanQueue::hurry(Duration limit) {
  std::unique_lock lock(mutex_);
  ++hurrying_;
  if (wake_) wake_->set();
  const auto is_gone = [this, goal = pushed_] { return gone_ >= goal; };
  const bool gone = changed_.wait_for(lock, std::min<Duration>(limit, kLongestWait), is_gone);
  --hurrying_;
  return gone;
}

std::size_t SpanQueue::left() const {
  std::lock_guard lock(mutex_);
  return spans_.size() + on_the_way_;
}

}  // namespace plinth::telemetry
