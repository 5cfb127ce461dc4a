"""Real time on the host: preemption by signals."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.arch("host")


def test_code_outside_the_image_is_not_preempted(boot):
    result = boot("libc_calls", icount=False)
    assert (result.lines, result.code) == (["all got on true"], 0), result.tail()


def test_idle_waits_for_deadlines_and_takes_no_cpu(boot):
    result = boot("idle", icount=False)
    assert (result.lines, result.code) == (["begin", "end"], 0)
    assert result.seconds > 0.9, "the application sleeps for a second"
