#pragma once

#include <type_traits>
#include <utility>
#include <vector>

#include "config/kind.h"
#include "config/setting.h"

/// For the files that hold the rows of the table.
namespace plinth::config {

using Rows = std::vector<Setting>;

Rows server_rows();
Rows client_rows();
Rows open_telemetry_rows();
Rows observability_rows();
Rows security_rows();

template <class T>
using Member = std::type_identity_t<T& (*)(Settings&)>;

/// Messages are parsed by protobuf, whose sizes are an int.
constexpr std::uint64_t kLargestMessage = 2'147'483'647;

/// Fills `member` from values of `kind`. The default is what the structs say.
template <class T>
Setting row(std::string_view name, Member<T> member, Kind<T> kind, std::string_view help) {
  Settings defaults;
  return {.name = name,
          .help = help,
          .allowed = std::move(kind.allowed),
          .default_value = kind.print(member(defaults)),
          .apply =
              [member, read = std::move(kind.read)](Settings& settings, std::string_view text) {
                auto value = read(text);
                if (!value) return false;
                member(settings) = *std::move(value);
                return true;
              },
          .print = [member, print = std::move(kind.print)](Settings& settings) { return print(member(settings)); }};
}

inline Setting secret(Setting setting) {
  setting.secret = true;
  return setting;
}

}  // namespace plinth::config

/// The member of Settings that a row fills.
#define PLINTH_MEMBER(path) ([](Settings& settings) -> auto& { return settings.path; })
