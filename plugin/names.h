#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

namespace plinth::plugin {

/// Whether C++ (or a macro that every program has) has taken the word.
bool is_cpp_keyword(std::string_view word);

/// The C++ names of one scope: makes a name of the .proto usable as a C++ name.
class Scope {
 public:
  /// `members`: what generated code declares there itself.
  explicit Scope(std::initializer_list<std::string_view> members) : taken_(members.begin(), members.end()) {}

  /// A name that other code declares there.
  void take(std::string_view name) { taken_.emplace(name); }

  /// A name of the .proto that needs no change, so that no changed name becomes equal to it.
  void reserve(std::string_view name) { reserved_.emplace(name); }

  /// The name itself, or with as many underscores after it as it takes to be neither a word of C++ nor another name.
  std::string declare(std::string_view name);

 private:
  bool usable(const std::string& name) const;

  std::set<std::string, std::less<>> taken_;
  std::set<std::string, std::less<>> reserved_;
};

}  // namespace plinth::plugin
