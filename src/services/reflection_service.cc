#include "services/reflection_service.h"

#include <algorithm>

#include "grpc/reflection/v1/reflection.pb.h"
#include "grpc/reflection/v1/reflection.plinth.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"
#include "grpc/reflection/v1alpha/reflection.plinth.h"
#include "services/descriptor_lookup.h"

namespace plinth::services {

namespace {

namespace v1 = grpc::reflection::v1;
namespace v1alpha = grpc::reflection::v1alpha;

/// What both versions of the service answer from.
struct Source {
  std::vector<std::string> services;
  DescriptorLookup lookup;
};

/// Answers the questions of one stream. The messages of both versions have the same names and fields.
template <class Request, class Response>
class Answers {
 public:
  explicit Answers(const Source& source) noexcept : source_(source) {}

  Response answer(Request request) {
    Response response;
    const auto status = fill(response, request);
    if (!status.ok()) set_error(response, status);
    response.set_valid_host(request.host());
    *response.mutable_original_request() = std::move(request);
    return response;
  }

 private:
  using File = DescriptorLookup::File;

  Status fill(Response& response, const Request& request) {
    const auto& lookup = source_.lookup;
    switch (request.message_request_case()) {
      case Request::kFileByFilename: return give(response, lookup.file(request.file_by_filename()));
      case Request::kFileContainingSymbol:
        return give(response, lookup.file_of_symbol(request.file_containing_symbol()));
      case Request::kFileContainingExtension: {
        const auto& asked = request.file_containing_extension();
        return give(response, lookup.file_of_extension(asked.containing_type(), asked.extension_number()));
      }
      case Request::kAllExtensionNumbersOfType: return give_numbers(response, request.all_extension_numbers_of_type());
      case Request::kListServices: return give_services(response);
      case Request::MESSAGE_REQUEST_NOT_SET: break;
    }
    return invalid_argument(
        "the request asks none of the questions that this server knows: set one of message_request");
  }

  Status give(Response& response, const Result<const File*>& file) {
    if (!file) return file.error();
    auto& files = *response.mutable_file_descriptor_response();
    for (auto& each : sent_.with_dependencies(**file)) files.add_file_descriptor_proto(std::move(each));
    return {};
  }

  Status give_numbers(Response& response, const std::string& type) const {
    const auto numbers = source_.lookup.extension_numbers(type);
    if (!numbers) return numbers.error();
    auto& given = *response.mutable_all_extension_numbers_response();
    given.set_base_type_name(type);
    given.mutable_extension_number()->Add(numbers->begin(), numbers->end());
    return {};
  }

  Status give_services(Response& response) const {
    auto& list = *response.mutable_list_services_response();
    for (const auto& service : source_.services) list.add_service()->set_name(service);
    return {};
  }

  static void set_error(Response& response, const Status& status) {
    auto& error = *response.mutable_error_response();
    error.set_error_code(static_cast<int>(status.code()));
    error.set_error_message(status.message());
  }

  const Source& source_;
  SentFiles sent_;
};

template <class Service, class Request, class Response>
class ReflectionServicer final : public Service::Servicer {
 public:
  explicit ReflectionServicer(std::shared_ptr<const Source> source) : source_(std::move(source)) {}

  Generator<Response> ServerReflectionInfo(ServerContext&, Reader<Request>& requests) override {
    Answers<Request, Response> answers(*source_);
    while (auto request = co_await requests.next()) {
      auto answer = answers.answer(std::move(*request));
      co_yield std::move(answer);
    }
  }

 private:
  std::shared_ptr<const Source> source_;
};

using V1 = ReflectionServicer<v1::ServerReflection, v1::ServerReflectionRequest, v1::ServerReflectionResponse>;
using V1Alpha =
    ReflectionServicer<v1alpha::ServerReflection, v1alpha::ServerReflectionRequest, v1alpha::ServerReflectionResponse>;

/// In order, each once.
std::vector<std::string> with_own(std::vector<std::string> services) {
  services.emplace_back(v1::ServerReflection::kName);
  services.emplace_back(v1alpha::ServerReflection::kName);
  std::ranges::sort(services);
  const auto repeated = std::ranges::unique(services);
  services.erase(repeated.begin(), repeated.end());
  return services;
}

/// A pool builds a file when something in it is first looked for. By its name an enum's value can only be found in a
/// file that is built, so those of the services are built now.
void build_files(const std::vector<std::string>& services, const google::protobuf::DescriptorPool& pool) {
  for (const auto& service : services) pool.FindServiceByName(service);
}

}  // namespace

std::vector<std::shared_ptr<BaseServicer>> make_reflection_servicers(std::vector<std::string> services,
                                                                     const google::protobuf::DescriptorPool& pool) {
  auto source = std::make_shared<const Source>(with_own(std::move(services)), DescriptorLookup(pool));
  build_files(source->services, pool);
  return {std::make_shared<V1>(source), std::make_shared<V1Alpha>(source)};
}

}  // namespace plinth::services
