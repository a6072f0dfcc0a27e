// Messages that travel with a status.

#include "plinth/error_details.h"

#include <gmock/gmock.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/wrappers.pb.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace plinth {
namespace {

using google::protobuf::StringValue;
using google::rpc::BadRequest;
using google::rpc::Help;
using google::rpc::RetryInfo;

RetryInfo retry_in(int seconds) {
  RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(seconds);
  return retry;
}

BadRequest bad_field(const std::string& field) {
  BadRequest request;
  request.add_field_violations()->set_field(field);
  return request;
}

google::rpc::Status envelope(const Status& status) {
  google::rpc::Status message;
  EXPECT_TRUE(message.ParseFromString(status.details()));
  return message;
}

TEST(ErrorDetails, AreReadAsTheyWereAttached) {
  const auto status = with_details(unavailable("busy"), retry_in(2), bad_field("name"));
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(status.message(), "busy");
  const ErrorDetails details(status);
  EXPECT_EQ(details.size(), 2u);
  EXPECT_EQ(details.get<RetryInfo>()->retry_delay().seconds(), 2);
  EXPECT_EQ(details.get<BadRequest>()->field_violations(0).field(), "name");
  EXPECT_FALSE(details.get<Help>());
}

TEST(ErrorDetails, TravelWithCodeAndMessage) {
  const auto message = envelope(with_details(not_found("Köln"), retry_in(2)));
  EXPECT_EQ(message.code(), 5);
  EXPECT_EQ(message.message(), "Köln");
  EXPECT_EQ(message.details(0).type_url(), "type.googleapis.com/google.rpc.RetryInfo");
}

TEST(ErrorDetails, OfOneTypeAreReadInTheirOrder) {
  const auto status = with_details(with_details(aborted(""), retry_in(1)), retry_in(2));
  EXPECT_EQ(ErrorDetails(status).size(), 2u);
  EXPECT_EQ(ErrorDetails(status).get<RetryInfo>()->retry_delay().seconds(), 1);
}

TEST(ErrorDetails, MayBeAnyMessages) {
  StringValue text;
  text.set_value("own");
  EXPECT_EQ(ErrorDetails(with_details(aborted(""), text)).get<StringValue>()->value(), "own");
}

TEST(ErrorDetails, KeepTheCause) {
  const auto cause = std::make_exception_ptr(1);
  EXPECT_EQ(with_details(aborted("").with_cause(cause), retry_in(1)).cause(), cause);
}

TEST(ErrorDetails, AreNotOfAnOk) {
  EXPECT_TRUE(with_details(Status(), retry_in(1)).ok());
  EXPECT_EQ(ErrorDetails(Status()).size(), 0u);
}

TEST(ErrorDetails, AreEmptyWhenThereAreNone) {
  const ErrorDetails details(aborted("no more"));
  EXPECT_EQ(details.size(), 0u);
  EXPECT_FALSE(details.get<RetryInfo>());
}

TEST(ErrorDetails, ThatAreMalformedAreEmpty) {
  const auto good = with_details(aborted("no more"), retry_in(2)).details();
  for (std::size_t size = 1; size < good.size(); ++size) {
    const ErrorDetails details(aborted("no more").with_details(good.substr(0, size)));
    EXPECT_FALSE(details.get<RetryInfo>()) << "the first " << size << " bytes";
  }
  EXPECT_EQ(ErrorDetails(aborted("").with_details("no protobuf")).size(), 0u);
}

TEST(ErrorDetails, OfAnotherCodeAreEmpty) {
  const auto details = with_details(not_found("gone"), retry_in(2)).details();
  EXPECT_EQ(ErrorDetails(aborted("gone").with_details(details)).size(), 0u);
  const auto repaired = with_details(aborted("gone").with_details(details), bad_field("name"));
  EXPECT_EQ(envelope(repaired).code(), 10);
  EXPECT_EQ(ErrorDetails(repaired).size(), 1u);
}

TEST(ErrorDetails, ThatAreMalformedInsideAreLeftOut) {
  google::rpc::Status message;
  message.set_code(10);
  for (const std::string url : {"type.googleapis.com/google.rpc.RetryInfo", "google.rpc.RetryInfo", "", "/"}) {
    message.add_details()->set_type_url(url);
    message.mutable_details()->rbegin()->set_value("\x0a\xff");
  }
  message.add_details()->PackFrom(retry_in(3));
  const ErrorDetails details(aborted("").with_details(message.SerializeAsString()));
  EXPECT_EQ(details.get<RetryInfo>()->retry_delay().seconds(), 3) << "the one that can be read";
}

TEST(ErrorDetails, ThatAreTooLargeAreEmpty) {
  StringValue large;
  large.set_value(std::string(65'000, 'x'));
  EXPECT_EQ(ErrorDetails(with_details(aborted(""), large)).size(), 1u);
  large.set_value(std::string(66'000, 'x'));
  EXPECT_EQ(ErrorDetails(with_details(aborted(""), large)).size(), 0u);
}

TEST(ErrorDetails, OfAnyBytesAreRead) {
  const google::protobuf::LogSilencer silence;  // it prints a line for what is no UTF-8
  std::mt19937 random(1);
  const auto good = with_details(aborted("no more"), retry_in(2), bad_field("name")).details();
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = good;
    for (int flips = 0; flips < 4; ++flips) bytes[random() % bytes.size()] = static_cast<char>(random());
    const ErrorDetails details(aborted("no more").with_details(bytes));
    EXPECT_LE(details.size(), bytes.size() / 2) << "an entry takes two bytes";
    if (!details.get<RetryInfo>()) continue;
    EXPECT_GE(details.size(), 1u);
  }
}

}  // namespace
}  // namespace plinth
