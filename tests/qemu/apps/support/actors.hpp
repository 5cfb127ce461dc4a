// Threads with names, which say what they do and with which priority.
#pragma once

#include <pegplan/pegplan.hpp>

#include <string_view>
#include <utility>

namespace actors {

inline pegplan::JoinHandle<void> start(std::string_view name, int priority, auto&& function)
{
    return std::move(*pegplan::ThreadBuilder{}.name(name).priority(pegplan::Priority{priority}).spawn(function));
}

inline void say(std::string_view event)
{
    const pegplan::Thread self = pegplan::this_thread::current();
    pegplan::print("{} ({}): {}\n", self.name(), self.priority(), event);
}

}  // namespace actors
