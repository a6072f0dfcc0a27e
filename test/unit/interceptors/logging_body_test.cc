#include <google/protobuf/any.pb.h>
#include <google/protobuf/implicit_weak_message.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/type.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <string>

#include "interceptors/logged_body.h"

namespace plinth::interceptors {
namespace {

/// A message with repeated messages, and names that contain one another.
google::protobuf::Type some_type() {
  google::protobuf::Type type;
  type.set_name("Login");
  type.add_oneofs("one");
  auto& field = *type.add_fields();
  field.set_name("user");
  field.set_json_name("secret");
  field.set_default_value("12345");
  field.set_number(7);
  return type;
}

google::protobuf::Struct some_struct(const std::string& json) {
  google::protobuf::Struct value;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &value).ok());
  return value;
}

TEST(LoggedBody, IsJsonWithProtoNames) {
  EXPECT_EQ(logged_body(some_type(), {}),
            R"({"name":"Login","fields":[{"number":7,"name":"user","json_name":"secret","default_value":"12345"}],)"
            R"("oneofs":["one"]})");
}

TEST(LoggedBody, HidesFieldsByNameHoweverDeep) {
  EXPECT_EQ(logged_body(some_type(), {"json_name", "number"}),
            R"({"name":"Login","fields":[{"number":"[redacted]","name":"user","json_name":"[redacted]",)"
            R"("default_value":"12345"}],"oneofs":["one"]})");
}

TEST(LoggedBody, HidesWholeMessagesAndLists) {
  EXPECT_EQ(logged_body(some_type(), {"fields", "oneofs"}),
            R"({"name":"Login","fields":"[redacted]","oneofs":"[redacted]"})");
}

TEST(LoggedBody, HidesExactNamesOnly) {
  const auto whole = logged_body(some_type(), {});
  for (const auto* name :
       {"nam", "names", "Name", "json", "jsonName", "defaultValue", "value", "", "secret", "12345"}) {
    EXPECT_EQ(logged_body(some_type(), {name}), whole) << name;
  }
}

TEST(LoggedBody, HidesKeysOfMapsAndStructs) {
  const auto body = some_struct(R"({"login": {"password": "p", "password2": "q"}, "list": [{"password": 7}]})");
  const auto text = logged_body(body, {"password"});
  EXPECT_EQ(text.find("\"p\""), std::string::npos) << text;
  EXPECT_EQ(text.find('7'), std::string::npos) << text;
  EXPECT_NE(text.find(R"("password2":"q")"), std::string::npos) << text;
}

TEST(LoggedBody, HidesWhatIsInsideOfAnAny) {
  google::protobuf::Any any;
  any.PackFrom(some_type());
  const auto text = logged_body(any, {"default_value"});
  EXPECT_NE(text.find(R"("default_value":"[redacted]")"), std::string::npos) << text;
  EXPECT_EQ(text.find("12345"), std::string::npos) << text;
}

TEST(LoggedBody, IsEmptyForWhatHasNoJsonForm) {
  google::protobuf::Any unknown;
  unknown.set_type_url("type.googleapis.com/no.such.Type");
  unknown.set_value("x");
  EXPECT_EQ(logged_body(unknown, {}), "");
  EXPECT_EQ(logged_body(unknown, {"password"}), "");
  EXPECT_EQ(logged_body(google::protobuf::internal::ImplicitWeakMessage(), {}), "");
}

TEST(LoggedBody, OfAnEmptyMessageIsAnEmptyObject) {
  EXPECT_EQ(logged_body(google::protobuf::Type(), {}), "{}");
  EXPECT_EQ(logged_body(google::protobuf::Type(), {"name"}), "{}");
}

}  // namespace
}  // namespace plinth::interceptors
