#include "banner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(BannerTest, NamesTheAddressAsAClientNeedsIt) {
  EXPECT_THAT(banner("127.0.0.1:4711", false),
              AllOf(HasSubstr("listens at 127.0.0.1:4711"), HasSubstr("grpcurl -plaintext 127.0.0.1:4711 list\n")));
  EXPECT_THAT(banner("0.0.0.0:50051", false),
              AllOf(HasSubstr("listens at 0.0.0.0:50051"), HasSubstr("grpcurl -plaintext localhost:50051 list\n")));
  EXPECT_THAT(banner("[::]:50051", false), HasSubstr(" localhost:50051 list\n"));
}

TEST(BannerTest, KeepsWhatTheShellMustSee) {
  EXPECT_THAT(banner("127.0.0.1:1", false), AllOf(HasSubstr(R"(-d '{"id": "123"}' 127.0.0.1:1)"),
                                                  HasSubstr(R"((b"\n\x03123"))"), HasSubstr(R"('{"pageSize": 3}')")));
}

TEST(BannerTest, SpeaksOfTlsWhenTheServerDoes) {
  EXPECT_THAT(banner("127.0.0.1:1", true), AllOf(HasSubstr("grpcurl -insecure "), HasSubstr("https://127.0.0.1:1"),
                                                 Not(HasSubstr("plaintext")), Not(HasSubstr("python3"))));
}

TEST(BannerTest, GivesNoUrlOfAUnixSocket) {
  EXPECT_THAT(banner("unix:/run/my.sock", false),
              AllOf(HasSubstr("listens at unix:/run/my.sock"), HasSubstr("python3"), Not(HasSubstr("http"))));
}

}  // namespace
}  // namespace app
