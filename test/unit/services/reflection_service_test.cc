#include "services/reflection_service.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "grpc/health/v1/health.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"
#include "support/fake_call.h"
#include "support/manual_loop.h"

namespace plinth::services {
namespace {

namespace pb = google::protobuf;
using test::FakeCall;
using test::ManualLoop;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

/// shop/service.proto imports shop/item.proto and base.proto, shop/item.proto imports base.proto too; extra.proto
/// imports base.proto and adds extensions of base.Base.
constexpr const char* kFiles[] = {
    R"(name: "base.proto" package: "base" syntax: "proto2"
       message_type { name: "Base" field { name: "id" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
                      extension_range { start: 100 end: 200 } }
       enum_type { name: "Colour" value { name: "RED" number: 0 } })",
    R"(name: "shop/item.proto" package: "my.shop" syntax: "proto3" dependency: "base.proto"
       message_type { name: "Item" field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
                      field { name: "weight" number: 2 type: TYPE_INT32 label: LABEL_OPTIONAL oneof_index: 0 }
                      oneof_decl { name: "size" }
                      nested_type { name: "Part" }
                      enum_type { name: "Kind" value { name: "SMALL" number: 0 } } })",
    R"(name: "shop/service.proto" package: "my.shop" syntax: "proto3"
       dependency: "shop/item.proto" dependency: "base.proto"
       service { name: "Shop" method { name: "Buy" input_type: ".my.shop.Item" output_type: ".my.shop.Item" } })",
    R"(name: "extra.proto" package: "extra" syntax: "proto2" dependency: "base.proto"
       extension { name: "taste" extendee: ".base.Base" number: 120 type: TYPE_INT32 label: LABEL_OPTIONAL }
       extension { name: "smell" extendee: ".base.Base" number: 101 type: TYPE_INT32 label: LABEL_OPTIONAL })",
};

/// A pool like that of a program: it builds a file when something in it is first looked for.
class LazyPool {
 public:
  LazyPool() {
    for (const auto* text : kFiles) {
      pb::FileDescriptorProto file;
      EXPECT_TRUE(pb::TextFormat::ParseFromString(text, &file));
      const auto bytes = file.SerializeAsString();
      EXPECT_TRUE(database_.AddCopy(bytes.data(), static_cast<int>(bytes.size())));
    }
  }
  operator const pb::DescriptorPool&() const { return pool_; }

 private:
  pb::EncodedDescriptorDatabase database_;
  pb::DescriptorPool pool_{&database_};
};

struct V1 {
  using Request = grpc::reflection::v1::ServerReflectionRequest;
  using Response = grpc::reflection::v1::ServerReflectionResponse;
  static constexpr std::size_t kIndex = 0;
  static constexpr const char* kName = "grpc.reflection.v1.ServerReflection";
};

struct V1Alpha {
  using Request = grpc::reflection::v1alpha::ServerReflectionRequest;
  using Response = grpc::reflection::v1alpha::ServerReflectionResponse;
  static constexpr std::size_t kIndex = 1;
  static constexpr const char* kName = "grpc.reflection.v1alpha.ServerReflection";
};

template <class Response>
std::vector<std::string> services(const Response& response) {
  std::vector<std::string> names;
  for (const auto& service : response.list_services_response().service()) names.push_back(service.name());
  return names;
}

template <class Version>
class ReflectionTest : public ::testing::Test {
 protected:
  using Request = typename Version::Request;
  using Response = typename Version::Response;

  ~ReflectionTest() override {
    if (!started_) return;
    call_.half_close();
    loop_.poll();
    EXPECT_EQ(call_.status(), Status()) << "the stream goes on until the client ends it";
  }

  Response ask(const Request& request) {
    if (!started_) call_.start();
    started_ = true;
    call_.request(request);
    loop_.poll();
    const auto responses = call_.template responses<Response>();
    EXPECT_EQ(responses.size(), 1u) << "one answer to each question";
    return responses.empty() ? Response() : responses.front();
  }

  Response ask_file(const std::string& name) {
    Request request;
    request.set_file_by_filename(name);
    return ask(request);
  }
  Response ask_symbol(const std::string& symbol) {
    Request request;
    request.set_file_containing_symbol(symbol);
    return ask(request);
  }
  Response ask_extension(const std::string& type, int number) {
    Request request;
    request.mutable_file_containing_extension()->set_containing_type(type);
    request.mutable_file_containing_extension()->set_extension_number(number);
    return ask(request);
  }
  Response ask_numbers(const std::string& type) {
    Request request;
    request.set_all_extension_numbers_of_type(type);
    return ask(request);
  }

  /// The names of the files that an answer brought.
  static std::vector<std::string> files(const Response& response) {
    std::vector<std::string> names;
    for (const auto& bytes : response.file_descriptor_response().file_descriptor_proto()) {
      pb::FileDescriptorProto file;
      EXPECT_TRUE(file.ParseFromString(bytes));
      names.push_back(file.name());
    }
    return names;
  }

  static void expect_error(const Response& response, StatusCode code, const std::string& text) {
    ASSERT_TRUE(response.has_error_response()) << response.ShortDebugString();
    EXPECT_EQ(response.error_response().error_code(), static_cast<int>(code));
    EXPECT_EQ(response.error_response().error_message(), text);
  }

  ManualLoop loop_;
  LazyPool pool_;
  std::vector<std::shared_ptr<BaseServicer>> servicers_ =
      make_reflection_servicers({"my.shop.Shop", "grpc.health.v1.Health"}, pool_);
  FakeCall call_{loop_.worker(), *servicers_[Version::kIndex], "ServerReflectionInfo"};
  bool started_ = false;
};

using Versions = ::testing::Types<V1, V1Alpha>;
TYPED_TEST_SUITE(ReflectionTest, Versions);

TYPED_TEST(ReflectionTest, IsTheStandardService) {
  EXPECT_EQ(this->servicers_[TypeParam::kIndex]->service_name(), TypeParam::kName);
}

TYPED_TEST(ReflectionTest, ListsTheServicesOfTheServer) {
  typename TestFixture::Request request;
  request.set_list_services("");
  EXPECT_THAT(services(this->ask(request)),
              ElementsAre("grpc.health.v1.Health", V1::kName, V1Alpha::kName, "my.shop.Shop"));
}

TYPED_TEST(ReflectionTest, AnswersEchoTheQuestion) {
  typename TestFixture::Request request;
  request.set_host("shop.example");
  request.set_file_by_filename("base.proto");
  const auto response = this->ask(request);
  EXPECT_EQ(response.valid_host(), "shop.example");
  EXPECT_EQ(response.original_request().SerializeAsString(), request.SerializeAsString());
}

TYPED_TEST(ReflectionTest, GivesAFileByItsName) {
  EXPECT_THAT(TestFixture::files(this->ask_file("base.proto")), ElementsAre("base.proto"));
}

TYPED_TEST(ReflectionTest, AFileIsWhole) {
  const auto response = this->ask_file("shop/item.proto");
  pb::FileDescriptorProto given, expected;
  ASSERT_TRUE(given.ParseFromString(response.file_descriptor_response().file_descriptor_proto(0)));
  ASSERT_TRUE(pb::TextFormat::ParseFromString(kFiles[1], &expected));
  EXPECT_EQ(given.DebugString(), expected.DebugString());
}

TYPED_TEST(ReflectionTest, AFileComesFirstAndThenEachThatItNeedsOnce) {
  EXPECT_THAT(TestFixture::files(this->ask_file("shop/service.proto")),
              ElementsAre("shop/service.proto", "shop/item.proto", "base.proto"));
}

TYPED_TEST(ReflectionTest, WhatTheStreamHasHadIsNotSentAgainUnlessAskedFor) {
  EXPECT_THAT(TestFixture::files(this->ask_file("shop/item.proto")), ElementsAre("shop/item.proto", "base.proto"));
  EXPECT_THAT(TestFixture::files(this->ask_file("extra.proto")), ElementsAre("extra.proto"));
  EXPECT_THAT(TestFixture::files(this->ask_file("shop/item.proto")), ElementsAre("shop/item.proto"));
  EXPECT_THAT(TestFixture::files(this->ask_file("shop/service.proto")), ElementsAre("shop/service.proto"));
  EXPECT_THAT(TestFixture::files(this->ask_file("base.proto")), ElementsAre("base.proto"));
}

TYPED_TEST(ReflectionTest, FindsTheFileOfEveryKindOfSymbol) {
  const std::pair<const char*, const char*> symbols[] = {
      {"base.RED", "base.proto"},
      {"base.Colour", "base.proto"},
      {"my.shop.Shop", "shop/service.proto"},
      {"my.shop.Shop.Buy", "shop/service.proto"},
      {"my.shop.Item", "shop/item.proto"},
      {"my.shop.Item.name", "shop/item.proto"},
      {"my.shop.Item.size", "shop/item.proto"},
      {"my.shop.Item.Part", "shop/item.proto"},
      {"my.shop.Item.Kind", "shop/item.proto"},
      {"my.shop.Item.SMALL", "shop/item.proto"},
      {"extra.taste", "extra.proto"},
  };
  for (const auto& [symbol, file] : symbols) {
    const auto found = TestFixture::files(this->ask_symbol(symbol));
    ASSERT_FALSE(found.empty()) << symbol;
    EXPECT_EQ(found.front(), file) << symbol;
  }
}

TYPED_TEST(ReflectionTest, FindsTheFileOfAnExtension) {
  EXPECT_THAT(TestFixture::files(this->ask_extension("base.Base", 120)), ElementsAre("extra.proto", "base.proto"));
}

TYPED_TEST(ReflectionTest, GivesTheNumbersOfAllExtensions) {
  const auto response = this->ask_numbers("base.Base");
  EXPECT_EQ(response.all_extension_numbers_response().base_type_name(), "base.Base");
  EXPECT_THAT(response.all_extension_numbers_response().extension_number(), ElementsAre(101, 120));
}

TYPED_TEST(ReflectionTest, AMessageWithoutExtensionsHasNone) {
  const auto response = this->ask_numbers("my.shop.Item");
  ASSERT_TRUE(response.has_all_extension_numbers_response());
  EXPECT_THAT(response.all_extension_numbers_response().extension_number(), IsEmpty());
}

TYPED_TEST(ReflectionTest, WhatDoesNotExistIsNotFoundAndTheStreamGoesOn) {
  const auto not_found = [](const auto& response, const std::string& text) {
    TestFixture::expect_error(response, StatusCode::kNotFound, text);
  };
  not_found(this->ask_file("no/such.proto"), "there is no file \"no/such.proto\"");
  not_found(this->ask_file(""), "there is no file \"\"");
  not_found(this->ask_symbol("no.such.Symbol"), "there is no symbol \"no.such.Symbol\"");
  not_found(this->ask_symbol(""), "there is no symbol \"\"");
  not_found(this->ask_symbol(".my.shop.Shop"), "there is no symbol \".my.shop.Shop\"");
  not_found(this->ask_extension("no.such.Type", 1), "there is no message \"no.such.Type\"");
  not_found(this->ask_extension("base.Base", 199), "there is no extension 199 of \"base.Base\"");
  not_found(this->ask_extension("base.Base", -1), "there is no extension -1 of \"base.Base\"");
  not_found(this->ask_numbers("base.Colour"), "there is no message \"base.Colour\"");
  EXPECT_THAT(TestFixture::files(this->ask_file("base.proto")), ElementsAre("base.proto"));
}

TYPED_TEST(ReflectionTest, APackageIsNoSymbol) {
  for (const auto* package : {"my", "my.shop", "base"}) {
    TestFixture::expect_error(this->ask_symbol(package), StatusCode::kNotFound,
                              std::string("there is no symbol \"") + package + "\"");
  }
}

TYPED_TEST(ReflectionTest, AnEmptyQuestionIsAnError) {
  const auto response = this->ask({});
  ASSERT_TRUE(response.has_error_response());
  EXPECT_EQ(response.error_response().error_code(), static_cast<int>(StatusCode::kInvalidArgument));
  EXPECT_THAT(response.error_response().error_message(), HasSubstr("set one of message_request"));
}

TYPED_TEST(ReflectionTest, TooLongNamesAreRefusedUnseen) {
  const std::string name(1001, '.');
  const std::string text = "no name has 1001 bytes: at most 1000 are looked up";
  for (const auto& response :
       {this->ask_file(name), this->ask_symbol(name), this->ask_extension(name, 1), this->ask_numbers(name)}) {
    TestFixture::expect_error(response, StatusCode::kInvalidArgument, text);
  }
}

TYPED_TEST(ReflectionTest, StrangeNamesAreJustNotFound) {
  for (const auto& name :
       {std::string(1000, '.'), std::string("\0.\0", 3), std::string("\n\t\x7f"), std::string("../../etc/passwd"),
        std::string("my.shop.Shop."), std::string("\xc3\xa4.\xe2\x82\xac")}) {
    for (const auto& response : {this->ask_file(name), this->ask_symbol(name), this->ask_numbers(name)}) {
      ASSERT_TRUE(response.has_error_response());
      EXPECT_EQ(response.error_response().error_code(), static_cast<int>(StatusCode::kNotFound));
    }
  }
}

TYPED_TEST(ReflectionTest, QuestionsThatComeTogetherAreAnsweredInOrder) {
  for (const auto* name : {"extra.proto", "no/such.proto", "base.proto"}) {
    typename TestFixture::Request request;
    request.set_file_by_filename(name);
    this->call_.request(request);
  }
  this->started_ = true;
  this->call_.start();
  const auto responses = this->call_.template responses<typename TypeParam::Response>();
  ASSERT_EQ(responses.size(), 3u);
  EXPECT_THAT(TestFixture::files(responses[0]), ElementsAre("extra.proto", "base.proto"));
  EXPECT_TRUE(responses[1].has_error_response());
  EXPECT_THAT(TestFixture::files(responses[2]), ElementsAre("base.proto"));
}

TYPED_TEST(ReflectionTest, DescribesTheToolkitsOwnServices) {
  EXPECT_NE(grpc::health::v1::HealthCheckRequest::descriptor(), nullptr);  // its file is in the program
  const auto servicers = make_reflection_servicers({});
  FakeCall call(this->loop_.worker(), *servicers[TypeParam::kIndex], "ServerReflectionInfo");
  for (const auto* symbol : {"grpc.health.v1.Health.List", V1::kName, V1Alpha::kName}) {
    typename TestFixture::Request request;
    request.set_file_containing_symbol(symbol);
    call.request(request);
  }
  call.half_close();
  call.start();
  EXPECT_EQ(call.status(), Status());
  const auto responses = call.template responses<typename TypeParam::Response>();
  ASSERT_EQ(responses.size(), 3u);
  EXPECT_THAT(TestFixture::files(responses[0]), ElementsAre("grpc/health/v1/health.proto"));
  EXPECT_THAT(TestFixture::files(responses[1]), ElementsAre("grpc/reflection/v1/reflection.proto"));
  EXPECT_THAT(TestFixture::files(responses[2]), ElementsAre("grpc/reflection/v1alpha/reflection.proto"));
}

TYPED_TEST(ReflectionTest, BytesThatAreNoQuestionEndTheStream) {
  const auto servicers = make_reflection_servicers({}, this->pool_);
  FakeCall call(this->loop_.worker(), *servicers[TypeParam::kIndex], "ServerReflectionInfo");
  call.request_bytes("\x0a\xff");
  call.start();
  ASSERT_TRUE(call.status());
  EXPECT_EQ(call.status()->code(), StatusCode::kInternal);
}

TEST(Reflection, EachServiceIsListedOnce) {
  ManualLoop loop;
  const auto servicers = make_reflection_servicers({"b.B", V1::kName, "a.A", "b.B"});
  FakeCall call(loop.worker(), *servicers[0], "ServerReflectionInfo");
  V1::Request request;
  request.set_list_services("*");
  call.request(request);
  call.half_close();
  call.start();
  const auto responses = call.responses<V1::Response>();
  EXPECT_THAT(services(responses.at(0)), ElementsAre("a.A", "b.B", V1::kName, V1Alpha::kName));
}

}  // namespace
}  // namespace plinth::services
