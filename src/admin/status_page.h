#pragma once

#include <memory>

#include "admin/call_stats.h"
#include "admin/page.h"
#include "plinth/server.h"

namespace plinth::admin {

/// /statusz: what the server is and does, as one JSON object. doc/admin.md has its fields.
class StatusPage {
 public:
  StatusPage(const GrpcServer& server, std::shared_ptr<CallStats> calls);

  Task<Answer> answer() const;

 private:
  const GrpcServer& server_;
  std::shared_ptr<CallStats> calls_;
  TimePoint began_ = Clock::now();
  std::string started_;
};

}  // namespace plinth::admin
