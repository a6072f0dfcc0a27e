#include "telemetry/log_time.h"

#include <cstdint>
#include <ctime>

#include "telemetry/log_text.h"

namespace plinth::telemetry {

using std::chrono::system_clock;

namespace {

/// Writes over the last `width` characters before `end`, with leading zeros.
void put_digits(char* end, int width, std::int64_t value) noexcept {
  for (; width > 0; --width, value /= 10) *--end = static_cast<char>('0' + value % 10);
}

}  // namespace

void append_timestamp(fmt::memory_buffer& line, system_clock::time_point time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::microseconds>(time - day));
  char text[] = "....-..-..T..:..:.........Z";
  put_digits(text + 4, 4, static_cast<int>(date.year()));
  put_digits(text + 7, 2, static_cast<unsigned>(date.month()));
  put_digits(text + 10, 2, static_cast<unsigned>(date.day()));
  put_digits(text + 13, 2, clock.hours().count());
  put_digits(text + 16, 2, clock.minutes().count());
  put_digits(text + 19, 2, clock.seconds().count());
  put_digits(text + 26, 6, clock.subseconds().count());
  append(line, text);
}

void append_time_of_day(fmt::memory_buffer& line, system_clock::time_point time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t seconds = system_clock::to_time_t(second);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[] = "..:..:......";
  put_digits(text + 2, 2, local.tm_hour);
  put_digits(text + 5, 2, local.tm_min);
  put_digits(text + 8, 2, local.tm_sec);
  put_digits(text + 12, 3, std::chrono::floor<std::chrono::milliseconds>(time - second).count());
  append(line, text);
}

}  // namespace plinth::telemetry
