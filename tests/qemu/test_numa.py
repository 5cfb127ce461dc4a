"""Boards with several nodes: where stacks come from, and what is counted."""

from __future__ import annotations

import re

import pytest

from pegplan_cli.project import ROOT

TWO_SOCKETS = pytest.mark.boards("qemu-*-2s")

# Guards on all of it: the pages of the other node's stacks have tables too.
FOUR_CPUS = {"CPUS": 4, "STACK_GUARDS": True, "STACK_GUARD_MIB": 64}

TWO_NODES = ["nodes 2", "distance 0 0 is 10", "distance 0 1 is 20", "distance 1 0 is 20", "distance 1 1 is 10", "beyond 255"]

REFUSED = ["unknown: no_such_node", "and no name: invalid_name", "named: no_such_node", "known: 7", "stats of no node: 0 0 0 0"]

# Twelve MiB each, of 64 MiB for each node less the image.
FILLED = ["then out_of_memory", "5 of node 1", "5 of node 0"]
LEFT = ["free bytes as before, or in the pool", "again of node 1"]


@TWO_SOCKETS
@pytest.mark.slow
def test_stacks_come_from_the_node_that_is_meant(boot):
    """CPUs 0 and 1 are on node 0, where the main thread stays. On each CPU a thread, whose own stack the main thread takes, spawns
    one by default and one of each node."""
    result = boot("numa", FOUR_CPUS)
    assert result.lines == [
        *TWO_NODES,
        "node 0 has 2 CPUs and free bytes", "node 1 has 2 CPUs and free bytes",
        "spawned on 4 CPUs, 0 wrong",
        "everywhere: node 0: local 8 remote 2 missed 0",
        "everywhere: node 1: local 4 remote 2 missed 0",
        *FILLED,
        "filled: node 0: local 5 remote 0 missed 0",
        "filled: node 1: local 0 remote 5 missed 5",
        *LEFT, *REFUSED,
    ]
    assert result.code == 0


@TWO_SOCKETS
def test_with_cpus_at_once(boot):
    """In real time. On riscv64 it is chance which hart boots: then the main thread's node is another one, and nothing else."""
    result = boot("numa", FOUR_CPUS, icount=False)
    assert (result.code, result.lines[:9]) == (0, [
        *TWO_NODES, "node 0 has 2 CPUs and free bytes", "node 1 has 2 CPUs and free bytes", "spawned on 4 CPUs, 0 wrong"])
    assert [line for line in result.lines if line in FILLED] == FILLED
    counts = {tuple(map(int, match)) for match in re.findall(r"^everywhere: .*local (\d+) remote (\d+) missed (\d+)$", result.text, re.MULTILINE)}
    assert counts == {(8, 2, 0), (4, 2, 0)}


@TWO_SOCKETS
def test_overflow_on_the_other_node(boot):
    """Its guard page faults, and the stack trace goes through its memory."""
    result = boot("numa_overflow", FOUR_CPUS)
    assert result.code == 255
    assert re.search(r"^panic: .*fault|^panic: .*unmapped", result.text, re.MULTILINE)
    assert re.search(r"^thread 'deep' \(id \d+, priority 15\) on CPU \d$", result.text, re.MULTILINE)
    assert result.text.count("overflow::descend_far_away(int)") > 1


@TWO_SOCKETS
def test_the_first_example(boot):
    result = boot(ROOT / "examples/basic_threading", FOUR_CPUS)
    assert (result.code, result.lines[-1]) == (0, "basic_threading: done")


@TWO_SOCKETS
@pytest.mark.slow
def test_one_cpu(boot):
    """The other node has memory, and a CPU that the image does not start."""
    result = boot("numa")
    assert result.lines == [
        *TWO_NODES,
        "node 0 has 1 CPUs and free bytes", "node 1 has 0 CPUs and free bytes",
        "spawned on 1 CPUs, 0 wrong",
        "everywhere: node 0: local 3 remote 0 missed 0",
        "everywhere: node 1: local 0 remote 1 missed 0",
        *FILLED,
        "filled: node 0: local 5 remote 0 missed 0",
        "filled: node 1: local 0 remote 5 missed 5",
        *LEFT, *REFUSED,
    ]
    assert result.code == 0
    assert boot(ROOT / "examples/basic_threading").code == 0


def test_one_node(boot):
    """All that can be asked for is there on boards that say nothing about nodes."""
    result = boot("numa")
    assert result.code == 0
    assert result.lines[:5] == ["nodes 1", "distance 0 0 is 10", "beyond 255", "node 0 has 1 CPUs and free bytes", "spawned on 1 CPUs, 0 wrong"]
    assert "everywhere: node 0: local 0 remote 0 missed 0" in result.lines
    assert result.lines[-5:] == REFUSED
