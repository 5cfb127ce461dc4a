"""Pools, heaps and stacks: what they do, how their misuse ends, and what the menu makes of them."""

from __future__ import annotations

import re

import pytest

from harness import qemu
from harness.report import PANIC_CODE, Report, boot_scenario
from qemu.test_applications import check

HEAP = {"HEAP": True, "HEAP_SIZE_KIB": 64, "HEAP_OPERATOR_NEW": True}
STACKS = {"STACK_PAINTING": True, "STACK_COLOURING": True, "STACK_COLOURS": 4}

POINTER = "0x[0-9a-f]+"
MISUSE = {
    "block_released_twice": f"block {POINTER} is released twice",
    "block_of_another_pool": f"{POINTER} is not a block of this pool",
    "middle_of_a_block": f"{POINTER} is not a block of this pool",
    "pool_destroyed_in_use": "a pool was destroyed while 1 of its blocks were in use",
    "pool_without_room": "20 bytes are no room for a block of 32",
    "object_destroyed_twice": f"{POINTER} goes back to its pool twice",
    "foreign_object": f"{POINTER} is not in this pool",
    "objects_outlive_their_pool": "a pool was destroyed with 1 objects in it",
    "heap_released_twice": f"the block at {POINTER} is released twice",
    "heap_foreign_pointer": f"{POINTER} is not a block of this heap",
    "heap_middle_of_a_block": f"{POINTER} is not a block of this heap, or what lies before it was overwritten",
    "heap_header_overwritten": f"{POINTER} is not a block of this heap, or what lies before it was overwritten",
    "heap_odd_alignment": "an alignment of 48 is not a power of two",
    "heap_without_room": f"100 bytes at {POINTER} cannot be a heap",
}
"""As in apps/memory_endings/main.cpp."""


@pytest.mark.parametrize("app", ["own_stacks", "pools"])
def test_default(boot, app):
    check(boot, app)


@pytest.mark.core
def test_heap(boot):
    check(boot, "heap", HEAP)


@pytest.mark.core
def test_painted_and_coloured_stacks(boot):
    check(boot, "stack_use", STACKS)


@pytest.mark.core
@pytest.mark.slow
@pytest.mark.parametrize("app", ["leaks", "spawn_errors", "tiny_stacks"])
def test_stacks_with_everything(boot, app):
    """Painting, colours, and a pool that is smaller than the number of threads."""
    check(boot, app, {**STACKS, "STACK_POOL_SIZE": 3})


@pytest.mark.slow
def test_pools_in_real_time(boot):
    check(boot, "pools", icount=False)


@pytest.mark.core
@pytest.mark.parametrize("scenario", MISUSE)
def test_misuse(boot, scenario):
    result = boot_scenario(boot, "memory_endings", list(MISUSE).index(scenario))
    assert result.code == PANIC_CODE
    report = Report(result.lines)
    assert report.before == [f"scenario {scenario}", ""]
    assert re.fullmatch(MISUSE[scenario], report.message), report.message
    assert report.trace_has(f"memory_endings::{scenario}()"), report.frames


@pytest.mark.core
def test_new_without_memory_panics(boot):
    result = boot("new_fails", HEAP)
    assert result.code == PANIC_CODE
    report = Report(result.lines)
    assert report.before == ["begin", ""]
    assert re.fullmatch(r"operator new: no memory for 100000 bytes, aligned to 16; (\d+) bytes of the heap are free, "
                        r"(\d+) in one piece", report.message)


@pytest.mark.arch("x86_64", "aarch64", "riscv64")  # a process has the C++ library's
def test_new_without_a_heap_does_not_link(boot):
    with pytest.raises(qemu.BootFailure) as failure:
        boot.build("calls_new")
    assert re.search(r"main\.cpp:\d+: undefined reference to `operator new\(unsigned long\)'", str(failure.value))
