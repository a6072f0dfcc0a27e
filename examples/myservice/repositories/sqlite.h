#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace app {

/// What SQLite refused, in its words.
class SqliteError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A prepared statement. One thread at a time; must not outlive its Database.
class Statement {
 public:
  /// The rows of one run; ends the run when destroyed.
  class Rows {
   public:
    explicit Rows(sqlite3_stmt* statement) noexcept : statement_(statement) {}
    ~Rows();
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    /// Goes to the next row, at first to the first one; false after the last. Throws SqliteError.
    bool next();
    /// A column of this row, counted from 0.
    std::string text(int column) const;

   private:
    sqlite3_stmt* statement_;
  };

  /// Begins a run with these values for ?1, ?2 and so on. One run at a time; texts must live as long as the Rows.
  template <class... Values>
  [[nodiscard]] Rows run(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return Rows(statement_.get());
  }

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  explicit Statement(sqlite3_stmt* statement) noexcept : statement_(statement) {}

  void bind(int index, std::string_view text);
  void bind(int index, long long number);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// A connection to an SQLite database. One thread at a time.
class Database {
 public:
  /// Opens the file, or makes it; ":memory:" is a new database in memory. Throws SqliteError.
  explicit Database(const std::string& path);

  /// Runs statements that give no rows. Throws SqliteError.
  void execute(const char* sql);
  Statement prepare(std::string_view sql);

  /// How many rows the last statement inserted, changed or deleted.
  long long changes() const noexcept;

 private:
  struct Close {
    void operator()(sqlite3* connection) const noexcept;
  };
  std::unique_ptr<sqlite3, Close> connection_;
};

/// BEGIN while it lives, ROLLBACK unless it is committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace app
