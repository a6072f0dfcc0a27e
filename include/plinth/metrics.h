#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace plinth {

/// What only grows. All functions of the instruments may be called from any thread; adding costs a few nanoseconds and
/// waits for nobody.
class Counter {
 public:
  /// `amount`: not negative; one that is, or is no number, changes nothing.
  virtual void add(double amount = 1) noexcept = 0;

 protected:
  ~Counter() = default;
};

/// What goes up and down: either by `add`, or by `set`. A gauge that one thread sets while another adds to it has the
/// one value or the other.
class Gauge {
 public:
  virtual void add(double amount) noexcept = 0;
  virtual void set(double value) noexcept = 0;

 protected:
  ~Gauge() = default;
};

/// How observations are spread.
class Histogram {
 public:
  /// What is no number is not observed.
  virtual void observe(double value) noexcept = 0;

 protected:
  ~Histogram() = default;
};

using Labels = std::vector<std::pair<std::string, std::string>>;

/// The metrics of a program. Instruments live as long as it; asking for the same name and labels gives the same one.
/// Names and labels are the program's, never a peer's: there is no bound to what is made here. All functions may be
/// called from any thread.
///
///     auto& loaded = metrics->counter("myservice_loaded_total", "Resources read from the database.");
///     loaded.add();
///
/// Asking takes a lock and a search: ask once, and keep the reference. A name has one kind of instrument and one set of
/// bounds; its help is the first call's. Names are Prometheus': [a-zA-Z_:][a-zA-Z0-9_:]*, of labels
/// [a-zA-Z_][a-zA-Z0-9_]*, not "le" and without two underscores in front; anything else is a bug of the program, and
/// ends it with a sentence. Values of labels are UTF-8.
class Metrics {
 public:
  virtual ~Metrics() = default;

  virtual Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {}) = 0;
  virtual Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {}) = 0;
  /// `bounds`: the upper ends of its buckets, rising; those of the first call with this name count.
  virtual Histogram& histogram(const std::string& name, const std::string& help, std::span<const double> bounds,
                               const Labels& labels = {}) = 0;

  /// `update` is called before every reading: where gauges are set to what is the case now. It is called until what
  /// this gives is destroyed, which waits for a call that runs. It may ask for instruments, but not for another
  /// reading, and must not throw.
  virtual std::shared_ptr<void> before_reading(std::function<void()> update) = 0;

  /// All of them in Prometheus' text format 0.0.4. What is added meanwhile may be in it or not.
  virtual std::string text() const = 0;
};

std::shared_ptr<Metrics> make_metrics();

}  // namespace plinth
