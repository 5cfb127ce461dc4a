"""Virtual time on the host: each run is the same, and what never calls the kernel is preempted all the same."""

from __future__ import annotations

import re

import pytest

# A counted loop is not empty: it takes virtual time, and the application's 24 hours of it would not end.
pytestmark = [pytest.mark.arch("host"), pytest.mark.uncounted]

STUCK_CODE = 255


def test_spinning_sleeping_and_the_end_of_all_deadlines(boot):
    result = boot("virtual")
    turns, slept, stack = result.lines[:3]
    assert re.fullmatch(r"turns 2\d at \d+ns", turns)
    assert re.fullmatch(r"slept 8640000000\d{4}ns", slept), "24 hours and a few steps of the clock"
    assert re.fullmatch(r"a stack at 0x[0-9a-f]+", stack)
    assert len(result.lines) == 3
    assert result.messages == "\npegplan: every thread waits or spins, and no deadline will end it\n"
    assert result.code == STUCK_CODE
    assert result.seconds < 5


def test_two_runs_are_the_same(boot):
    assert boot("virtual").text == boot("virtual").text


@pytest.mark.slow
def test_time_goes_by_steps_of_the_menu(boot):
    """A thread that only computes needs half the steps for a slice when each is twice as long."""
    def time_of_20_slices(step: int) -> int:
        return int(re.search(r" at (\d+)ns", boot("virtual", {"HOST_BLOCK_NS": step}).text)[1])

    assert time_of_20_slices(5) == pytest.approx(time_of_20_slices(50), rel=0.01)
