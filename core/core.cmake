# The core's sources. What a configuration does not use, the linker drops.
set(PEGPLAN_CORE_SOURCES
    core/base/cxx_runtime.cpp
    core/base/memory_functions.cpp
    core/base/standard_library.cpp
    core/memory/heap.cpp
    core/memory/stack_arena.cpp
    core/observe/console.cpp
    core/observe/format.cpp
    core/observe/panic.cpp
    core/sched/idle.cpp
    core/sched/interrupts.cpp
    core/sched/priority.cpp
    core/sched/scheduler.cpp
    core/security/stack_canary.cpp
    core/sync/barrier.cpp
    core/sync/condition_variable.cpp
    core/sync/event_flags.cpp
    core/sync/latch.cpp
    core/sync/message_queue.cpp
    core/sync/mutex.cpp
    core/sync/once.cpp
    core/sync/pipe.cpp
    core/sync/priority_inheritance.cpp
    core/sync/rw_lock.cpp
    core/sync/semaphore.cpp
    core/sync/spin_lock.cpp
    core/sync/stop_token.cpp
    core/sync/wait_any.cpp
    core/sync/wait_queue.cpp
    core/sync/work_queue.cpp
    core/thread/lifecycle.cpp
    core/thread/start.cpp
    core/thread/thread.cpp
    core/thread/thread_locals.cpp
    core/thread/thread_table.cpp
    core/time/clock.cpp
    core/time/timer.cpp
    core/time/timer_thread.cpp
)

if(CONFIG_SMP)
    list(APPEND PEGPLAN_CORE_SOURCES
        core/smp/cpu_control.cpp
        core/smp/ipi.cpp
        core/smp/locks.cpp
        core/smp/placement.cpp
        core/smp/settle.cpp
        core/smp/start.cpp
    )
endif()
if(CONFIG_SCHED_STEALING)
    list(APPEND PEGPLAN_CORE_SOURCES core/smp/stealing.cpp)
endif()
if(CONFIG_SCHED_EDF)
    list(APPEND PEGPLAN_CORE_SOURCES core/sched/edf_threads.cpp)
endif()
if(CONFIG_SCHED_FAIR)
    list(APPEND PEGPLAN_CORE_SOURCES core/sched/fair_threads.cpp)
endif()
if(CONFIG_TASKS)
    list(APPEND PEGPLAN_CORE_SOURCES
        core/tasks/start.cpp
        core/tasks/task_group.cpp
        core/tasks/worker.cpp
    )
endif()
if(CONFIG_HEAP)
    list(APPEND PEGPLAN_CORE_SOURCES core/memory/system_heap.cpp)
endif()
if(CONFIG_HEAP_OPERATOR_NEW)
    list(APPEND PEGPLAN_CORE_SOURCES core/memory/operator_new.cpp)
else()
    list(APPEND PEGPLAN_CORE_SOURCES core/memory/no_operator_new.cpp)
endif()

# The compiler must not turn the loops of memcpy and memset into calls of memcpy and memset.
set_source_files_properties("${PEGPLAN_ROOT}/core/base/memory_functions.cpp" PROPERTIES
    SKIP_PRECOMPILE_HEADERS ON
    COMPILE_OPTIONS "-fno-builtin;$<$<CXX_COMPILER_ID:GNU>:-fno-tree-loop-distribute-patterns>")
