// All of the public interface.
#pragma once

#include <pegplan/clock.hpp>
#include <pegplan/condition_variable.hpp>
#include <pegplan/error.hpp>
#include <pegplan/format.hpp>
#include <pegplan/mutex.hpp>
#include <pegplan/panic.hpp>
#include <pegplan/print.hpp>
#include <pegplan/result.hpp>
#include <pegplan/semaphore.hpp>
#include <pegplan/thread.hpp>
#include <pegplan/types.hpp>
#include <pegplan/units.hpp>
#include <pegplan/wait_any.hpp>
