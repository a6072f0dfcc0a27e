#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "repositories/resource_repository.h"

namespace app {

/// Resources in a map, for tests of what uses a repository. Keeps how large the pages were that it was asked for.
class FakeRepository final : public ResourceRepository {
 public:
  std::map<std::pair<std::size_t, std::string>, Resource> stored;
  std::vector<std::size_t> pages;

  void add(std::string id, std::string name) { stored[key(id)] = {id, std::move(name)}; }
  bool has(const std::string& id) const { return stored.contains(key(id)); }

  plinth::Task<std::optional<Resource>> find(std::string id) override {
    const auto found = stored.find(key(id));
    if (found == stored.end()) co_return std::nullopt;
    co_return found->second;
  }

  plinth::Task<std::vector<Resource>> list(std::string after, std::size_t limit) override {
    pages.push_back(limit);
    std::vector<Resource> page;
    for (auto next = stored.upper_bound(key(after)); next != stored.end() && page.size() < limit; ++next) {
      page.push_back(next->second);
    }
    co_return page;
  }

  plinth::Task<std::optional<std::string>> insert_all(std::vector<Resource> resources) override {
    auto all = stored;
    for (auto& resource : resources) {
      if (!all.try_emplace(key(resource.id), resource).second) co_return resource.id;
    }
    stored = std::move(all);
    co_return std::nullopt;
  }

  plinth::Task<Resource> upsert(Resource resource) override {
    co_return stored[key(resource.id)] = std::move(resource);
  }

  plinth::Task<bool> ping() override { co_return true; }

 private:
  static std::pair<std::size_t, std::string> key(const std::string& id) { return {id.size(), id}; }
};

}  // namespace app
