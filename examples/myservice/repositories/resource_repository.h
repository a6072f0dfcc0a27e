#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "domain/resource.h"
#include "plinth/task.h"

namespace app {

/// Where resources are kept. All functions may be called from any number of coroutines at the same time, and throw when
/// the storage fails.
class ResourceRepository {
 public:
  virtual ~ResourceRepository() = default;

  /// The resource of that id; none when there is no such id.
  virtual plinth::Task<std::optional<Resource>> find(std::string id) = 0;

  /// At most `limit` resources that come after the id `after`; from the first one on when it is empty. Shorter ids come
  /// first, and ids of one length in the order of their bytes: numbers without leading zeros are in numeric order.
  virtual plinth::Task<std::vector<Resource>> list(std::string after, std::size_t limit) = 0;

  /// Stores all, or none when one of the ids exists or comes twice: gives that id then.
  virtual plinth::Task<std::optional<std::string>> insert_all(std::vector<Resource> resources) = 0;

  /// Stores the resource, in place of the one of that id if there is one; gives what is stored now.
  virtual plinth::Task<Resource> upsert(Resource resource) = 0;

  /// Whether the storage answers.
  virtual plinth::Task<bool> ping() = 0;
};

}  // namespace app
