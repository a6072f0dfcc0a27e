#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "plinth/async.h"
#include "repositories/resource_repository.h"
#include "repositories/sqlite.h"

namespace app {

/// Resources in an SQLite database: one connection, which one call at a time uses. What blocks runs on the pool for
/// blocking code, so that the workers go on with other calls.
class SqliteResourceRepository final : public ResourceRepository {
 public:
  /// Opens the database at `path` (":memory:" for one in memory) and makes its table when it has none. Throws
  /// SqliteError.
  explicit SqliteResourceRepository(const std::string& path);

  plinth::Task<std::optional<Resource>> find(std::string id) override;
  plinth::Task<std::vector<Resource>> list(std::string after, std::size_t limit) override;
  plinth::Task<std::optional<std::string>> insert_all(std::vector<Resource> resources) override;
  plinth::Task<Resource> upsert(Resource resource) override;
  plinth::Task<bool> ping() override;

 private:
  /// Runs `query` on the pool, alone.
  template <class Query>
  auto exclusively(Query query) {
    return plinth::offload([this, query] {
      std::lock_guard lock(mutex_);
      return query();
    });
  }

  static Database open(const std::string& path);

  std::mutex mutex_;
  Database database_;
  Statement find_;
  Statement list_;
  Statement insert_;
  Statement upsert_;
  Statement ping_;
};

}  // namespace app
