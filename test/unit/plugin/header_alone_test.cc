// Nothing else is included: the generated header must do without the messages' own.
#include <gtest/gtest.h>

#include "four_kinds.plinth.h"

namespace {

template <class T>
concept Complete = requires { sizeof(T); };

TEST(GeneratedHeader, DoesNotIncludeTheMessages) {
  EXPECT_FALSE(Complete<testdata::kinds::Request>);
  EXPECT_TRUE(Complete<testdata::kinds::Kinds::Servicer>);
  EXPECT_TRUE(Complete<testdata::kinds::Kinds::Stub>);
}

}  // namespace
