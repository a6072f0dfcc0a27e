#pragma once

#include <vector>

#include "admin/page.h"

namespace plinth::admin {

/// All pages, and "/", which lists them. What a page throws, or takes too long for, is an answer, too.
class Site {
 public:
  enum class Reach { kAnywhere, kLoopback };

  /// On loopback it answers only those who ask for this machine by an address or as localhost.
  explicit Site(std::vector<Page> pages, Reach reach = Reach::kAnywhere) : pages_(std::move(pages)), reach_(reach) {}

  Task<Answer> answer(const Question& question) const;

 private:
  const Page* find(std::string_view path) const noexcept;
  std::string list() const;

  std::vector<Page> pages_;
  const Reach reach_;
};

}  // namespace plinth::admin
