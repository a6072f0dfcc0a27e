#include "plugin/names.h"

#include <gtest/gtest.h>

namespace {

using plinth::plugin::is_cpp_keyword;
using plinth::plugin::Scope;

TEST(IsCppKeyword, KnowsWholeWordsOnly) {
  EXPECT_TRUE(is_cpp_keyword("class"));
  EXPECT_TRUE(is_cpp_keyword("EOF"));
  EXPECT_TRUE(is_cpp_keyword("xor_eq"));
  EXPECT_FALSE(is_cpp_keyword("clas"));
  EXPECT_FALSE(is_cpp_keyword("Class"));
}

TEST(Scope, LeavesGoodNamesAlone) { EXPECT_EQ(Scope({}).declare("Get"), "Get"); }

TEST(Scope, ChangesKeywordsAndMembers) {
  Scope scope({"methods"});
  EXPECT_EQ(scope.declare("delete"), "delete_");
  EXPECT_EQ(scope.declare("methods"), "methods_");
}

TEST(Scope, ChangesWhatGnuCppHasTaken) {
  EXPECT_FALSE(is_cpp_keyword("linux"));
  EXPECT_EQ(Scope({}).declare("linux"), "linux_");
}

TEST(Scope, ChangesWhatOthersHaveTaken) {
  Scope scope({});
  scope.take("class_");
  EXPECT_EQ(scope.declare("class_"), "class__");
  EXPECT_EQ(scope.declare("class"), "class___");
}

TEST(Scope, LeavesANameToItsOwner) {
  Scope scope({"methods"});
  scope.reserve("methods_");
  EXPECT_EQ(scope.declare("methods"), "methods__");
  EXPECT_EQ(scope.declare("methods_"), "methods_");
}

}  // namespace
