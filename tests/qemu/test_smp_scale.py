"""What operations cost on one CPU of several: a sample of `scripts/pegplan bench --scale`."""

from __future__ import annotations

import pytest

from pegplan_cli import figures

LIMIT_S = 60.0
OPERATIONS = ("yield, two threads take a turn each", "wake and wait again", "spawn and join")


@pytest.mark.slow
@pytest.mark.arch("x86_64", "aarch64", "riscv64")
def test_one_cpu_of_several_is_measured_alone_and_among_others(boot):
    result = boot("smp_scale", {"CPUS": 4, "TIME_SLICE_US": 1000}, limit_s=LIMIT_S)
    assert result.code == 0
    rows = figures.parse(result.text, boot.board.name, "").by_name()
    assert list(rows) == [f"{operation}, {when}" for when in ("others idle", "all at work") for operation in OPERATIONS]
    for operation in OPERATIONS:
        # Whoever waits for a lock executes instructions too; a CPU that is alone never does.
        assert 0 < rows[f"{operation}, others idle"].instructions <= rows[f"{operation}, all at work"].worst
