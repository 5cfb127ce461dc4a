// Threads: spawning, joining, and what a thread can do to itself and to others.
//
//     auto worker = ThreadBuilder{}.name("worker").priority(Priority{10}).spawn([] { return 42; });
//     if (!worker) { ... worker.error() ... }
//     Result<int> answer = worker->join();
//
// A thread's closure and its result live on its own stack; nothing is allocated from a heap. Unless a call says
// otherwise it may be made from any thread, but not from an interrupt handler, and panics when it is.
#pragma once

#include <pegplan/thread_builder.hpp>
#include <pegplan/thread_handle.hpp>
