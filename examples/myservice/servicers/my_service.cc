#include "servicers/my_service.h"

#include <utility>

#include "mappers/resource_mapper.h"
#include "use_cases/create_resources.h"
#include "use_cases/get_resource.h"
#include "use_cases/list_resources.h"
#include "use_cases/sync_resources.h"

namespace app {

using namespace plinth;
using myservice::CreateResourcesResponse;
using myservice::GetResourceRequest;
using myservice::ListResourcesRequest;

namespace {

constexpr int kDefaultPageSize = 10;
constexpr int kMaxPageSize = 100;

/// The stream of a client, as the use cases want it.
Generator<Resource> each_from_proto(Reader<myservice::Resource>& messages) {
  while (auto message = co_await messages.next()) co_yield from_proto(std::move(*message));
}

}  // namespace

Task<Result<myservice::Resource>> MyServiceServicer::GetResource(ServerContext&, const GetResourceRequest& request) {
  if (auto status = check_id(request.id()); !status.ok()) co_return status;
  auto found = co_await get_use_case<GetResourceUseCase>().execute(request.id());
  if (!found) co_return not_found("Resource {} not found", request.id());
  co_return to_proto(std::move(*found));
}

Generator<myservice::Resource> MyServiceServicer::ListResources(ServerContext& context,
                                                                const ListResourcesRequest& request) {
  const int page_size = request.page_size() ? request.page_size() : kDefaultPageSize;
  if (page_size < 0 || page_size > kMaxPageSize) {
    context.abort(StatusCode::kInvalidArgument, "page_size must be 0 to 100");
  }
  auto resources = get_use_case<ListResourcesUseCase>().execute(static_cast<std::size_t>(page_size));
  while (auto resource = co_await resources.next()) co_yield to_proto(std::move(*resource));
}

Task<Result<CreateResourcesResponse>> MyServiceServicer::CreateResources(ServerContext&,
                                                                         Reader<myservice::Resource>& resources) {
  auto count = co_await get_use_case<CreateResourcesUseCase>().execute(each_from_proto(resources));
  if (!count) co_return std::move(count).error();
  CreateResourcesResponse response;
  response.set_count(static_cast<int>(*count));
  co_return response;
}

Generator<myservice::Resource> MyServiceServicer::SyncResources(ServerContext&,
                                                                Reader<myservice::Resource>& resources) {
  auto stored = get_use_case<SyncResourcesUseCase>().execute(each_from_proto(resources));
  while (auto resource = co_await stored.next()) co_yield to_proto(std::move(*resource));
}

}  // namespace app
