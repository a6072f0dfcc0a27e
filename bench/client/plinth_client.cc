// What calls cost a client of Plinth: coroutines on one worker, all on one connection.

#include <thread>

#include "client/load.h"
#include "plinth/async.h"
#include "plinth/bench/echo.pb.h"
#include "plinth/bench/echo.plinth.h"
#include "plinth/client.h"

namespace {

using namespace plinth;
using bench::Echo;
using bench::give_up;
using bench::Load;
using bench::LoadClock;
using bench::Meter;

Task<void> get(Echo::Stub stub, Meter::Lane& lane) {
  bench::GetRequest request;
  request.set_id("42");
  while (!lane.over()) {
    const auto began = LoadClock::now();
    auto call = stub.Get(request);
    const auto answer = co_await std::move(call);
    if (!answer) give_up(answer.error().to_string());
    if (answer->id() != request.id()) give_up("Get answered " + answer->ShortDebugString());
    lane.note(began);
  }
}

Task<void> list(Echo::Stub stub, Meter::Lane& lane, int count) {
  bench::ListRequest request;
  request.set_count(count);
  while (!lane.over()) {
    const auto began = LoadClock::now();
    auto resources = stub.List(request);
    int received = 0;
    while (auto resource = co_await resources.next()) ++received;
    auto end = resources.finish();
    const auto status = co_await end;
    if (!status.ok()) give_up(status.to_string());
    if (received != count) give_up("List gave " + std::to_string(received) + " messages");
    lane.note(began, received);
  }
}

Task<void> mirror(Echo::Stub stub, Meter::Lane& lane, std::size_t size) {
  bench::Blob request;
  request.set_data(std::string(size, 'x'));
  while (!lane.over()) {
    const auto began = LoadClock::now();
    auto call = stub.Mirror(request);
    const auto answer = co_await std::move(call);
    if (!answer) give_up(answer.error().to_string());
    if (answer->data().size() != size) give_up("Mirror gave another size");
    lane.note(began);
  }
}

Task<void> run(const Load& load, Echo::Stub stub, Meter::Lane& lane) {
  if (load.method == "Get") return get(std::move(stub), lane);
  if (load.method == "List") return list(std::move(stub), lane, load.size);
  if (load.method == "Mirror") return mirror(std::move(stub), lane, static_cast<std::size_t>(load.size));
  give_up("no such method: " + load.method);
}

Task<void> run_all(const Load& load, Echo::Stub stub, Meter& meter) {
  return TaskScope::run([&load, stub, &meter](TaskScope& scope) -> Task<void> {
    for (int lane = 0; lane < load.in_flight; ++lane) scope.spawn(run(load, stub, meter.add_lane()));
    co_return;
  });
}

}  // namespace

int main(int argc, char** argv) {
  const auto load = Load::from_arguments(argc, argv);
  RuntimeOptions one_worker;
  one_worker.workers = 1;
  Runtime runtime(one_worker);
  GrpcClientFactory factory;
  auto stub = factory.create_stub<Echo::Stub>(factory.create_channel(load.address, {.secure = false}));
  Meter meter;
  std::thread calls([&] { sync_wait(runtime.worker(0), run_all(load, stub, meter)); });
  meter.measure(load);
  calls.join();
  meter.print();
  factory.close_all();
}
