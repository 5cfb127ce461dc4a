// All of the public interface but what few programs use: <pegplan/arc_lite.hpp>, <pegplan/epoch.hpp>,
// <pegplan/spin_lock.hpp> and <pegplan/lockfree/...> are included one by one.
#pragma once

#include <pegplan/barrier.hpp>
#include <pegplan/clock.hpp>
#include <pegplan/condition_variable.hpp>
#include <pegplan/cpu_control.hpp>
#include <pegplan/delayed_work.hpp>
#include <pegplan/error.hpp>
#include <pegplan/event_flags.hpp>
#include <pegplan/fixed_pool.hpp>
#include <pegplan/format.hpp>
#include <pegplan/heap.hpp>
#include <pegplan/latch.hpp>
#include <pegplan/message_queue.hpp>
#include <pegplan/mutex.hpp>
#include <pegplan/numa.hpp>
#include <pegplan/object_pool.hpp>
#include <pegplan/once.hpp>
#include <pegplan/panic.hpp>
#include <pegplan/parallel_for.hpp>
#include <pegplan/pipe.hpp>
#include <pegplan/print.hpp>
#include <pegplan/result.hpp>
#include <pegplan/rw_lock.hpp>
#include <pegplan/semaphore.hpp>
#include <pegplan/stop_token.hpp>
#include <pegplan/task_group.hpp>
#include <pegplan/thread.hpp>
#include <pegplan/timer.hpp>
#include <pegplan/types.hpp>
#include <pegplan/units.hpp>
#include <pegplan/wait_any.hpp>
#include <pegplan/work_queue.hpp>
