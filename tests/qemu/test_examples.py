"""The examples beside the first one: what they print."""

from __future__ import annotations

import re

import pytest

FOUR_CPUS = {"CPUS": 4, "TIME_SLICE_US": 1000}

FIXED = "fixed priority, round robin within a priority"
LIMIT_S = 120.0


# ---- scheduler_config ------------------------------------------------------------------------------------------------

def scheduled(boot, options, policy: str, first: str, more: list[str] = []) -> None:
    """`first`: whether an urgent thread preempts."""
    __tracebackhide__ = True
    result = boot("scheduler_config", options)
    cpus = options.get("CPUS", 1)
    cpu = min(2, cpus - 1)
    assert result.lines == [
        f"policy: {policy}",
        f"slice {options.get('TIME_SLICE_US', 10_000)} us, 32 priorities, {cpus} CPUs",
        f"an urgent thread runs at once: {first}",
        "slices of 1 ms and 3 ms: the second one has 3 quarters of the time",
        f"a thread for CPU {cpu} ran on CPU {cpu}",
        f"one for CPU {cpus}: no_such_cpu",
        *more,
        "scheduler_config: done",
    ]
    assert result.code == 0


def test_scheduler_config(boot):
    scheduled(boot, {}, FIXED, "true")


@pytest.mark.core
@pytest.mark.slow
def test_scheduler_config_with_round_robin(boot):
    scheduled(boot, {"SCHED_ROUND_ROBIN": True}, "plain round robin", "false")


@pytest.mark.core
@pytest.mark.slow
def test_scheduler_config_with_deadlines(boot):
    scheduled(boot, {"SCHED_EDF": True}, "earliest deadline first", "true",
              ["2 ms of each 5 are admitted: true; and 9 of 9: not_schedulable"])


@pytest.mark.slow
@pytest.mark.arch("host")  # its two threads spin, and on emulated boards that takes long where instructions are counted
def test_scheduler_config_on_several_cpus(boot):
    scheduled(boot, FOUR_CPUS, FIXED, "true")


# ---- numa_aware ------------------------------------------------------------------------------------------------------

PARTS = 64
SUM_OF_A_PART = 1024 * 1023 // 2
SUM = PARTS * SUM_OF_A_PART + 1024 * PARTS * (PARTS - 1) // 2


def check_tasks(lines: list[str], nodes: int) -> None:
    """How many tasks which node does is a matter of the moment."""
    __tracebackhide__ = True
    assert lines[0] == f"sum of {PARTS} parts: {SUM}"
    done = [re.fullmatch(rf"tasks on node {node}: (\d+)", line) for node, line in enumerate(lines[1:1 + nodes])]
    assert all(done) and sum(int(match[1]) for match in done) == PARTS
    assert re.fullmatch(r"stolen from other nodes: \d+", lines[1 + nodes])
    assert lines[2 + nodes:] == ["numa_aware: done"]


def test_numa_aware_on_one_node(boot):
    result = boot("numa_aware")
    assert result.lines[:3] == [
        "1 NUMA node: all memory is equally near", "node 0: 1 CPUs, distances 10",
        f"node 0: sum {SUM_OF_A_PART}, its stack from there: true"]
    check_tasks(result.lines[3:], 1)
    assert result.lines[-2] == "stolen from other nodes: 0"
    assert result.code == 0


@pytest.mark.boards("qemu-*-2s")
def test_numa_aware_on_two_nodes(boot):
    """With the kernel of test_numa.py. In real time, where each CPU does its part."""
    result = boot("numa_aware", {"CPUS": 4, "STACK_GUARDS": True, "STACK_GUARD_MIB": 64}, icount=False, limit_s=LIMIT_S)
    assert result.lines[:5] == [
        "2 NUMA nodes", "node 0: 2 CPUs, distances 10 20", "node 1: 2 CPUs, distances 20 10",
        f"node 0: sum {SUM_OF_A_PART}, its stack from there: true",
        f"node 1: sum {SUM_OF_A_PART + 1024}, its stack from there: true"]
    check_tasks(result.lines[5:], 2)
    assert result.code == 0


# ---- performance_test ------------------------------------------------------------------------------------------------

MEASURED = ["nothing", "yield, alone", "spawn and join", "mutex: lock and unlock", "message queue: send and receive",
            "semaphores: there and back", "task: run and wait", "task: run and wait, in a task", "parallel_reduce of 4096 values"]


def figures(result) -> dict[str, float]:
    """What it has measured, by name, in its order."""
    __tracebackhide__ = True
    assert (result.lines[0], result.lines[-1], result.code) == ("1 CPUs, 1000 repetitions", "performance_test: done", 0)
    assert "their sum: 4096" in result.lines
    found = re.findall(r"^(\S.*?) +(\d+\.\d\d) ns$", result.text, re.MULTILINE)
    assert [name for name, _ in found] == MEASURED
    return {name: float(figure) for name, figure in found}


@pytest.mark.uncounted  # what it compares is compiled code
def test_performance_test(boot):
    """A switch costs more than none, and a thread more than a task."""
    found = figures(boot("performance_test"))
    assert all(figure > 0 for figure in found.values())
    assert found["nothing"] <= found["mutex: lock and unlock"] < found["semaphores: there and back"]
    assert found["task: run and wait, in a task"] < found["spawn and join"] / 2


def test_performance_test_repeats(boot):
    assert boot("performance_test").text == boot("performance_test").text
