// All of the public interface but what few programs use: <pegplan/arc_lite.hpp>, <pegplan/epoch.hpp>,
// <pegplan/spin_lock.hpp> and <pegplan/lockfree/...> are included one by one.
#pragma once

#include <pegplan/clock.hpp>
#include <pegplan/error.hpp>
#include <pegplan/fixed_pool.hpp>
#include <pegplan/format.hpp>
#include <pegplan/heap.hpp>
#include <pegplan/mutex.hpp>
#include <pegplan/object_pool.hpp>
#include <pegplan/panic.hpp>
#include <pegplan/print.hpp>
#include <pegplan/result.hpp>
#include <pegplan/thread.hpp>
#include <pegplan/types.hpp>
#include <pegplan/units.hpp>
