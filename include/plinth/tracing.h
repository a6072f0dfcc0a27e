#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plinth/deadline.h"
#include "plinth/interceptor.h"
#include "plinth/log.h"
#include "plinth/metrics.h"
#include "plinth/observability_settings.h"

namespace plinth {

/// Which span of which trace (W3C Trace Context). Attached to a call, it is that call's current span.
struct SpanContext {
  std::array<std::uint8_t, 16> trace_id = {};
  std::array<std::uint8_t, 8> span_id = {};
  bool sampled = false;

  /// 32 and 16 lower-case hexadecimal digits.
  std::string trace_id_hex() const;
  std::string span_id_hex() const;

  friend bool operator==(const SpanContext&, const SpanContext&) = default;
};

/// The trace of the call whose handler or interceptor runs now on this thread, as 32 hexadecimal digits; empty when
/// there is none.
std::string current_trace_id();

/// What travels along with a call and with all calls that are made for it (W3C Baggage): at most 64 names with values,
/// 8192 bytes as a header. Attached to a call. Everybody on the way can read and change it: neither secrets belong
/// here, nor what must be true.
class Baggage {
 public:
  struct Entry {
    std::string key;
    std::string value;
    /// As they came: "ttl=30;internal".
    std::string properties;
  };

  /// Reads the value of a header. What is no entry is left out, as is what is too much, and what has the key of an
  /// earlier one.
  static Baggage parse(std::string_view header);

  std::optional<std::string_view> get(std::string_view key) const noexcept;
  /// Adds or changes an entry. False when there is no room, or the key is no token (RFC 9110, section 5.6.2).
  bool set(std::string_view key, std::string_view value);
  const std::vector<Entry>& entries() const noexcept { return entries_; }

  /// The value of a header: "user=alice,plan=gold;since=2026". Empty without entries.
  std::string to_header() const;

 private:
  bool add(Entry entry);

  std::vector<Entry> entries_;
  std::size_t size_ = 0;
};

/// That of the call whose handler or interceptor runs now on this thread; an empty one when there is none.
const Baggage& current_baggage() noexcept;

namespace telemetry {
struct SpanRecord;
}

/// What a span, or an event of it, says of itself: `{"db.rows", 7}`. Texts are copied.
using Attribute = LogField;

enum class SpanKind : std::uint8_t { kInternal = 1, kServer = 2, kClient = 3 };

/// A piece of work of a trace, from when it is started until it ends. One that is not sampled records nothing, and
/// costs next to nothing. Keeps at most 128 attributes, 128 events, and 1024 bytes of each text. For one thread at a
/// time; must end before its Tracer does.
class Span {
 public:
  /// Records nothing.
  Span() noexcept;
  Span(const SpanContext& context, std::unique_ptr<telemetry::SpanRecord> record) noexcept;
  Span(Span&& other) noexcept;
  Span& operator=(Span&& other) noexcept;
  /// Ends it.
  ~Span();

  const SpanContext& context() const noexcept { return context_; }
  bool recording() const noexcept { return record_ != nullptr; }

  /// A second time with the same key: the last counts.
  void set_attribute(const Attribute& attribute);
  void add_event(std::string_view name, std::initializer_list<Attribute> attributes = {});
  /// The work has failed.
  void set_error(std::string_view description);

  /// Nothing changes it any more. A second time does nothing.
  void end() noexcept;

 private:
  SpanContext context_;
  std::unique_ptr<telemetry::SpanRecord> record_;
};

/// The span of the call whose handler or interceptor runs now on this thread, to say more of it; one that records
/// nothing when there is none. Valid until the call ends.
Span& current_span() noexcept;

struct SpanOptions {
  SpanKind kind = SpanKind::kInternal;
  /// The span that it is a part of; null: it begins a trace.
  const SpanContext* parent = nullptr;
  /// The parent is in another process.
  bool remote_parent = false;
  /// The value of the header tracestate, which goes along unread.
  std::string_view trace_state;
};

/// Makes spans, decides which calls are traced, and sends what has been recorded. All functions may be called from any
/// thread.
///
///     Span span = tracer.start_span("load prices");
///     span.set_attribute({"db.rows", rows.size()});
class Tracer {
 public:
  virtual ~Tracer() = default;

  /// A part of the call whose handler runs now on this thread; elsewhere it begins a trace. Calls that the handler
  /// makes meanwhile are still parts of the handler's own span.
  Span start_span(std::string_view name);
  virtual Span start_span(std::string_view name, const SpanOptions& options) = 0;

  /// False: there are no spans, and what callers say of theirs is only handed on.
  virtual bool enabled() const noexcept = 0;

  /// Sends the spans that have ended, without trying again what fails. True when none is left, false when that has
  /// taken longer than `limit`. Blocks: not on a worker.
  virtual bool flush(Duration limit) = 0;
};

/// A tracer that samples as the settings say and sends spans to their OTLP endpoint (gRPC; http:// in the clear,
/// https:// with TLS) from a thread of its own: 512 at once or what there is after 5 s. What more than 2048 spans, or
/// 16 MiB of them, would be is dropped, and counted in `metrics` (may be null) as plinth_telemetry_dropped_total. Its
/// destructor sends what is left, for at most 5 s: its last owner lets go of it on a thread that is no worker's.
std::shared_ptr<Tracer> make_tracer(const ObservabilitySettings& settings, const std::shared_ptr<Logger>& logger,
                                    std::shared_ptr<Metrics> metrics);

/// A span for each call (gRFC A72, OpenTelemetry's conventions for RPC), on both sides. Reads traceparent, tracestate
/// and baggage of requests and attaches SpanContext, Span and Baggage to their calls; what a handler calls gets them.
/// On a client each attempt has a span too, and that is what the server sees as its parent.
class TracingInterceptor final : public Interceptor {
 public:
  explicit TracingInterceptor(std::shared_ptr<Tracer> tracer) noexcept;

  std::string_view name() const noexcept override { return "TracingInterceptor"; }
  Task<Status> intercept(CallContext& call, Next next) override;
  Around around() const noexcept override { return Around::kCallAndAttempt; }

 private:
  Task<Status> serve(CallContext& call, Next next);
  Task<Status> send(ClientContext& call, Next next);
  Task<Status> attempt(ClientContext& call, Next next);

  std::shared_ptr<Tracer> tracer_;
};

}  // namespace plinth
