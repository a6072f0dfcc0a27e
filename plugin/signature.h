#pragma once

#include <string>
#include <vector>

#include "model.h"

/// The functions that a method becomes.
namespace plinth::plugin {

struct Parameter {
  std::string type;
  std::string name;
  std::string default_value = {};
};

struct Signature {
  std::string returns;
  std::vector<Parameter> parameters;

  /// What stands between the parentheses: of a declaration, and of a definition that does not use the parameters.
  std::string declared() const;
  std::string unused() const;
  /// Of a definition that does.
  std::string used() const;
};

/// The function of the Servicer. Of a bidirectional method the one that gives a generator.
Signature handler_signature(const MethodModel& method);

/// The other function of a bidirectional method, which takes a writer.
Signature writer_signature(const MethodModel& method);

/// The function of the Stub.
Signature call_signature(const MethodModel& method);

}  // namespace plinth::plugin
