#include "repositories/sqlite_resource_repository.h"

namespace app {

namespace {

constexpr auto kSchema = R"(
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS resources (id TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS resources_in_order ON resources (length(id), id, name);
)";
constexpr auto kFind = "SELECT id, name FROM resources WHERE id = ?1";
constexpr auto kList = R"(
  SELECT id, name FROM resources WHERE (length(id), id) > (length(?1), ?1) ORDER BY length(id), id LIMIT ?2
)";
constexpr auto kInsert = "INSERT INTO resources (id, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
constexpr auto kUpsert = R"(
  INSERT INTO resources (id, name) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET name = excluded.name
  RETURNING id, name
)";
constexpr auto kPing = "SELECT 1 FROM resources LIMIT 1";

Resource read(const Statement::Rows& rows) { return {rows.text(0), rows.text(1)}; }

}  // namespace

Database SqliteResourceRepository::open(const std::string& path) {
  Database database(path);
  database.execute(kSchema);
  return database;
}

SqliteResourceRepository::SqliteResourceRepository(const std::string& path)
    : database_(open(path)),
      find_(database_.prepare(kFind)),
      list_(database_.prepare(kList)),
      insert_(database_.prepare(kInsert)),
      upsert_(database_.prepare(kUpsert)),
      ping_(database_.prepare(kPing)) {}

plinth::Task<std::optional<Resource>> SqliteResourceRepository::find(std::string id) {
  auto query = exclusively([&]() -> std::optional<Resource> {
    auto rows = find_.run(id);
    if (!rows.next()) return std::nullopt;
    return read(rows);
  });
  co_return co_await std::move(query);
}

plinth::Task<std::vector<Resource>> SqliteResourceRepository::list(std::string after, std::size_t limit) {
  auto query = exclusively([&] {
    std::vector<Resource> page;
    auto rows = list_.run(after, static_cast<long long>(limit));
    while (rows.next()) page.push_back(read(rows));
    return page;
  });
  co_return co_await std::move(query);
}

plinth::Task<std::optional<std::string>> SqliteResourceRepository::insert_all(std::vector<Resource> resources) {
  auto query = exclusively([&]() -> std::optional<std::string> {
    Transaction transaction(database_);
    for (const auto& resource : resources) {
      insert_.run(resource.id, resource.name).next();
      if (database_.changes() == 0) return resource.id;
    }
    transaction.commit();
    return std::nullopt;
  });
  co_return co_await std::move(query);
}

plinth::Task<Resource> SqliteResourceRepository::upsert(Resource resource) {
  auto query = exclusively([&] {
    auto rows = upsert_.run(resource.id, resource.name);
    rows.next();
    auto stored = read(rows);
    rows.next();  // to its end, which is where SQLite commits
    return stored;
  });
  co_return co_await std::move(query);
}

plinth::Task<bool> SqliteResourceRepository::ping() {
  auto query = exclusively([&] {
    ping_.run().next();
    return true;
  });
  co_return co_await std::move(query);
}

}  // namespace app
