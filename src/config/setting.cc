#include "config/setting.h"

#include <algorithm>
#include <iterator>

#include "config/row.h"

namespace plinth::config {

namespace {

Rows make_table() {
  Rows table;
  for (const auto rows : {server_rows, client_rows, open_telemetry_rows, observability_rows, security_rows}) {
    std::ranges::move(rows(), std::back_inserter(table));
  }
  return table;
}

}  // namespace

std::span<const Setting> all_settings() {
  static const Rows kTable = make_table();
  return kTable;
}

const Setting* find_setting(std::string_view name) {
  const auto table = all_settings();
  const auto found = std::ranges::find(table, name, &Setting::name);
  return found == table.end() ? nullptr : &*found;
}

}  // namespace plinth::config
