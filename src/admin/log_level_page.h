#pragma once

#include <memory>

#include "admin/page.h"
#include "async/later.h"
#include "plinth/log.h"

namespace plinth::admin {

/// /loglevel: shows and changes the least level that is logged:
///
///     GET                              {"level":"info"}
///     PUT or POST level=debug          from now on
///     PUT or POST level=debug&for=60   for so many seconds, at most a day; then it is what it was before
///
/// The pairs may be the body or the query. Of one worker.
class LogLevelPage {
 public:
  LogLevelPage(Worker& worker, std::shared_ptr<Logger> logger) : worker_(worker), logger_(std::move(logger)) {}

  Answer answer(const Question& question);

  /// What is set for a while is set back now.
  void end();

 private:
  Answer change(std::string_view form);
  Answer show() const;
  void set(LogLevel level);
  void set_back();

  Worker& worker_;
  std::shared_ptr<Logger> logger_;
  LogLevel lasting_ = LogLevel::kInfo;
  Alarm<LogLevelPage> back_{*this, &LogLevelPage::set_back};
};

}  // namespace plinth::admin
