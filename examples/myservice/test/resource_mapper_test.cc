#include "mappers/resource_mapper.h"

#include <gtest/gtest.h>

namespace app {
namespace {

TEST(ResourceMapperTest, KeepsEveryFieldBothWays) {
  const Resource resource{"7", "seven"};
  const auto message = to_proto(resource);
  EXPECT_EQ(message.id(), "7");
  EXPECT_EQ(message.name(), "seven");
  EXPECT_EQ(from_proto(message), resource);
}

TEST(ResourceMapperTest, KeepsEmptyFieldsEmpty) { EXPECT_EQ(from_proto(myservice::Resource()), Resource()); }

}  // namespace
}  // namespace app
