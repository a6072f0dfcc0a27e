#include "server/method_table.h"

#include <gtest/gtest.h>

#include "support/string_servicer.h"

namespace plinth::server {
namespace {

using test::StringServicer;

TEST(MethodTable, FindsMethodsByTheirPath) {
  MethodTable table;
  const auto servicer = std::make_shared<StringServicer>();
  EXPECT_TRUE(table.add(servicer).ok());
  const auto* entry = table.find("/test.Text/Bidirectional");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->servicer, servicer.get());
  EXPECT_EQ(entry->handler->method.kind, CallKind::kBidirectional);
  for (const auto path :
       {"", "/", "/test.Text", "/test.Text/", "/test.Text/bidirectional", "test.Text/Bidirectional"}) {
    EXPECT_EQ(table.find(path), nullptr) << path;
  }
}

TEST(MethodTable, TakesAServiceOnce) {
  MethodTable table;
  const auto first = std::make_shared<StringServicer>();
  EXPECT_FALSE(table.has_service("test.Text"));
  EXPECT_TRUE(table.add(first).ok());
  EXPECT_EQ(table.add(std::make_shared<StringServicer>()),
            already_exists("the server has a servicer for test.Text already"));
  EXPECT_EQ(table.find("/test.Text/Unary")->servicer, first.get());
  EXPECT_EQ(table.servicers().size(), 1u);
  EXPECT_TRUE(table.has_service("test.Text"));
}

}  // namespace
}  // namespace plinth::server
