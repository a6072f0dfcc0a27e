#include "overload/server_process.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <thread>

#include "plinth/async.h"
#include "plinth/bench/echo.pb.h"
#include "plinth/bench/echo.plinth.h"
#include "plinth/server.h"

namespace plinth::bench {

using namespace std::chrono_literals;

namespace {

constexpr double kWork = 1e-3;
constexpr double kTicksPerSecond = 100;  // /proc/stat counts in these, whatever the kernel's own are
constexpr std::size_t kIdle = 3;
constexpr std::size_t kIoWait = 4;

double seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Asking for the time is the kernel's work: most of it is to be ours.
void burn() {
  volatile unsigned sum = 0;
  for (const auto end = seconds(CLOCK_THREAD_CPUTIME_ID) + kWork; seconds(CLOCK_THREAD_CPUTIME_ID) < end;) {
    for (unsigned i = 0; i < 2000; ++i) sum = sum + i;
  }
}

class BusyServicer final : public Echo::Servicer {
 public:
  explicit BusyServicer(Where where) : where_(where) {}

  Task<Result<Resource>> Get(ServerContext&, const GetRequest&) override {
    if (where_ == Where::kLoop) {
      burn();
    } else {
      auto work = offload(burn);
      co_await std::move(work);
    }
    co_return Resource();
  }

 private:
  Where where_;
};

int serve(Where where, std::shared_ptr<Interceptor> interceptor, int told) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  run_on_core(0);
  ServerSettings settings;
  settings.host = "127.0.0.1";
  settings.port = 0;
  settings.max_workers = 1;
  settings.shutdown_grace = 0ms;
  GrpcServer server(settings, make_null_logger());
  if (interceptor) server.add_interceptor(std::move(interceptor));
  server.add_servicer(BusyServicer(where));
  return server.run([&] {
    const auto address = server.address();
    if (write(told, address.data(), address.size()) > 0) close(told);
  });
}

std::string read_all(int from) {
  std::array<char, 64> space{};
  const auto size = read(from, space.data(), space.size());
  close(from);
  if (size > 0) return {space.data(), static_cast<std::size_t>(size)};
  std::fprintf(stderr, "the server did not start\n");
  std::_Exit(2);
}

double cpu_of(pid_t process) {
  clockid_t clock{};
  clock_getcpuclockid(process, &clock);
  return seconds(clock);
}

}  // namespace

ServerProcess::ServerProcess(Where where, std::shared_ptr<Interceptor> interceptor) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) std::abort();
  process_ = fork();
  if (process_ == 0) std::_Exit(serve(where, std::move(interceptor), ends[1]));
  close(ends[1]);
  address_ = read_all(ends[0]);
  made_wall_ = seconds(CLOCK_MONOTONIC);
  made_busy_ = busy() - cpu_of(process_);
}

ServerProcess::~ServerProcess() {
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
}

CoreTime ServerProcess::core_time() const {
  return {seconds(CLOCK_MONOTONIC) - made_wall_, busy() - cpu_of(process_) - made_busy_};
}

double ServerProcess::busy() const {
  std::ifstream stat("/proc/stat");
  std::string line;
  while (std::getline(stat, line) && !line.starts_with("cpu0 ")) continue;
  std::array<double, 8> ticks{};
  std::sscanf(line.c_str(), "cpu0 %lf %lf %lf %lf %lf %lf %lf %lf", &ticks[0], &ticks[1], &ticks[2], &ticks[3],
              &ticks[4], &ticks[5], &ticks[6], &ticks[7]);
  double busy = 0;
  for (const auto tick : ticks) busy += tick;
  return (busy - ticks[kIdle] - ticks[kIoWait]) / kTicksPerSecond;
}

void run_on_core(unsigned core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core % std::max(1U, std::thread::hardware_concurrency()), &cores);
  sched_setaffinity(0, sizeof cores, &cores);
}

}  // namespace plinth::bench
