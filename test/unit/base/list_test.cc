#include "plinth/detail/list.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace plinth::detail {
namespace {

struct Item : ListNode {
  explicit Item(char name_) : name(name_) {}
  char name;
};

std::string names(List<Item>& list) {
  std::string text;
  for (auto& item : list) text.push_back(item.name);
  return text;
}

TEST(List, StartsEmpty) {
  List<Item> list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.begin(), list.end());
}

TEST(List, KeepsTheOrderOfInsertion) {
  Item a('a'), b('b'), c('c');
  List<Item> list;
  list.push_back(a);
  list.push_back(b);
  list.push_back(c);
  EXPECT_EQ(names(list), "abc");
  EXPECT_EQ(list.front().name, 'a');
  EXPECT_EQ(list.pop_front().name, 'a');
  EXPECT_FALSE(a.linked());
  EXPECT_EQ(names(list), "bc");
}

TEST(List, AnItemCanLeaveFromTheMiddle) {
  Item a('a'), b('b'), c('c');
  List<Item> list;
  for (auto* item : {&a, &b, &c}) list.push_back(*item);
  b.unlink();
  EXPECT_FALSE(b.linked());
  EXPECT_EQ(names(list), "ac");
  b.unlink();
  EXPECT_EQ(names(list), "ac");
}

TEST(List, ADestroyedItemLeavesItsList) {
  Item a('a'), c('c');
  auto b = std::make_unique<Item>('b');
  List<Item> list;
  list.push_back(a);
  list.push_back(*b);
  list.push_back(c);
  b.reset();
  EXPECT_EQ(names(list), "ac");
}

TEST(List, AnItemIsInOneListOnly) {
  Item a('a'), b('b');
  List<Item> first, second;
  first.push_back(a);
  first.push_back(b);
  second.push_back(a);
  EXPECT_EQ(names(first), "b");
  EXPECT_EQ(names(second), "a");
}

TEST(List, PushingAMemberAgainMovesItToTheEnd) {
  Item a('a'), b('b');
  List<Item> list;
  list.push_back(a);
  list.push_back(b);
  list.push_back(a);
  EXPECT_EQ(names(list), "ba");
}

TEST(List, ADestroyedListLetsItsItemsGo) {
  Item a('a'), b('b');
  {
    List<Item> list;
    list.push_back(a);
    list.push_back(b);
  }
  EXPECT_FALSE(a.linked());
  EXPECT_FALSE(b.linked());
}

TEST(List, SpliceMovesAllToTheEnd) {
  Item a('a'), b('b'), c('c'), d('d'), e('e');
  List<Item> list, other;
  list.push_back(a);
  list.push_back(b);
  other.push_back(c);
  other.push_back(d);
  list.splice_back(other);
  EXPECT_EQ(names(list), "abcd");
  EXPECT_TRUE(other.empty());
  list.push_back(e);
  d.unlink();
  EXPECT_EQ(names(list), "abce");
}

TEST(List, SpliceTakesAndGivesEmptyLists) {
  Item a('a');
  List<Item> list, other;
  list.splice_back(other);
  EXPECT_TRUE(list.empty());
  other.push_back(a);
  list.splice_back(other);
  EXPECT_EQ(names(list), "a");
  list.splice_back(other);
  EXPECT_EQ(names(list), "a");
}

}  // namespace
}  // namespace plinth::detail
