// What the source says at a place: for traces and for the names of mutants.
#pragma once

#include <source_location>
#include <string>
#include <string_view>

namespace pegplan::model {

/// The line, trimmed; empty when the file cannot be read.
std::string source_line(const std::string& file, unsigned line);

/// The object that the call of `method` at this place is applied to, as the source calls it: "serving_" of
/// `serving_.store(…)`. With "wait_until", the first argument. Empty when it cannot be told.
std::string object_in_source(const std::string& file, unsigned line, unsigned column, std::string_view method);

/// "lock" of `void a::TicketLock<X>::lock() [with …]`.
std::string bare_function_name(std::string_view pretty);

/// The path from the root of the tree on, if it can be told, else as it is.
std::string short_path(std::string_view file);

/// File and line.
std::string place_of(const std::source_location& where);

}  // namespace pegplan::model
