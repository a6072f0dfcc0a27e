#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "plinth/settings.h"

namespace plinth {
namespace {

std::string doc() {
  const auto root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path().parent_path();
  std::ostringstream text;
  text << std::ifstream(root / "doc" / "settings.md").rdbuf();
  return text.str();
}

TEST(SettingsDoc, HasARowForEverySetting) {
  const auto text = doc();
  for (const auto& row : Settings::describe()) {
    const auto line = fmt::format("| `{}` | {} | {} | {} |\n", row.name, row.default_value, row.allowed, row.help);
    EXPECT_TRUE(text.contains(line)) << "doc/settings.md needs this row:\n" << line;
  }
}

TEST(SettingsDoc, NamesNothingElse) {
  std::istringstream lines(doc());
  std::size_t rows = 0;
  for (std::string line; std::getline(lines, line);) rows += line.starts_with("| `");
  EXPECT_EQ(rows, Settings::describe().size());
}

}  // namespace
}  // namespace plinth
