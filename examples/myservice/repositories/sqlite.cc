#include "repositories/sqlite.h"

#include <sqlite3.h>

namespace app {

namespace {

constexpr int kBusyTimeoutMs = 5000;

void require(int code, sqlite3* connection) {
  if (code != SQLITE_OK) throw SqliteError(sqlite3_errmsg(connection));
}

}  // namespace

Statement::Rows::~Rows() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool Statement::Rows::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw SqliteError(sqlite3_errmsg(sqlite3_db_handle(statement_)));
}

std::string Statement::Rows::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return text ? std::string(text, size) : std::string();
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

void Statement::bind(int index, std::string_view text) {
  // Not a null pointer, which would be NULL in place of an empty text.
  const char* data = text.empty() ? "" : text.data();
  require(sqlite3_bind_text64(statement_.get(), index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8),
          sqlite3_db_handle(statement_.get()));
}

void Statement::bind(int index, long long number) {
  require(sqlite3_bind_int64(statement_.get(), index, number), sqlite3_db_handle(statement_.get()));
}

Database::Database(const std::string& path) {
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &connection,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  connection_.reset(connection);
  require(code, connection);
  sqlite3_busy_timeout(connection, kBusyTimeoutMs);
}

void Database::execute(const char* sql) {
  require(sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr), connection_.get());
}

Statement Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  require(sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                             &statement, nullptr),
          connection_.get());
  return Statement(statement);
}

long long Database::changes() const noexcept { return sqlite3_changes64(connection_.get()); }

void Database::Close::operator()(sqlite3* connection) const noexcept { sqlite3_close_v2(connection); }

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const SqliteError&) {
    // SQLite has rolled back by itself, after the error that brought us here.
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace app
