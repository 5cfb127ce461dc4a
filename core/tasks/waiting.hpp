// How a worker waits for a group of its task: it does what there is to do.
//
// First the tasks of its own deque, the youngest first, whatever group they are of: those of the group for which it waits lie on top, and
// what is below nobody else may ever come for. Then those of others; each such task runs on top of the one that waits, so
// there is a limit to how many do (TASK_NESTED_STEALS). Then it sleeps, until there is something to steal or the last task of the
// group is done.
//
// Progress: a task that is not done is being done, or lies in the deque of a worker that is doing another one, which is to say: that
// blocks, computes, or waits for a group whose tasks were made later than its own. The last of these does not wait for any.
//
// Model test: tests/model/task_group_test.cpp.
#pragma once

#include "core/tasks/group_word.hpp"

namespace pegplan::kernel {

/// `Worker` has
///     Task* own()            a task of its own deque, or null
///     Task* steal()          one of somebody else's, or null
///     bool may_steal()
///     void do_own(Task&)     does a task
///     void do_stolen(Task&)
///     Parked park()          goes to sleep, after another look at what there is to steal (Parking::park)
///     void sleep()           the same without looking, announced to nobody but the group
///     void pass_on()         somebody else shall look for a task
/// Returns `done`, or what was wrong.
template <class Word, class Worker>
typename Word::Wait do_tasks_until_done(Word& word, GroupWaiter self, Worker&& worker) noexcept
{
    bool waits = false;    // the group knows
    bool claimed = false;  // woken for a task, and has not looked for it since
    for (;;) {
        if (word.is_done()) {
            if (claimed) {
                worker.pass_on();
            }
            return Word::Wait::done;
        }
        if (auto* const own = worker.own()) {
            worker.do_own(*own);
            continue;
        }
        if (worker.may_steal()) {
            claimed = false;
            if (auto* const stolen = worker.steal()) {
                worker.do_stolen(*stolen);
                continue;
            }
        }
        switch (const typename Word::Wait wait = word.begin_wait(self, waits)) {
        case Word::Wait::done: return wait;
        case Word::Wait::pending: waits = true; break;
        default: return wait;
        }
        if (!worker.may_steal()) {
            worker.sleep();
            continue;
        }
        const auto parked = worker.park();
        if (parked.task == nullptr) {
            claimed = parked.claimed;
            continue;
        }
        if (parked.claimed) {
            worker.pass_on();
        }
        worker.do_stolen(*parked.task);
    }
}

}  // namespace pegplan::kernel
