#pragma once

#include <vector>

#include "admin/page.h"

namespace plinth::admin {

/// All pages, and "/", which lists them. What a page throws, or takes too long for, is an answer, too.
class Site {
 public:
  explicit Site(std::vector<Page> pages) : pages_(std::move(pages)) {}

  Task<Answer> answer(const Question& question) const;

 private:
  const Page* find(std::string_view path) const noexcept;
  std::string list() const;

  std::vector<Page> pages_;
};

}  // namespace plinth::admin
