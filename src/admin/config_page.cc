#include "admin/config_page.h"

#include <nlohmann/json.hpp>

namespace plinth::admin {

Answer config_page(const Settings& settings) {
  using Json = nlohmann::ordered_json;
  Json page = Json::object();
  for (const auto& setting : settings.in_force()) {
    page[std::string(setting.name)] = {{"value", setting.value}, {"default", setting.default_value}};
  }
  return {200, page.dump(2, ' ', false, Json::error_handler_t::replace) + "\n", kJson};
}

}  // namespace plinth::admin
