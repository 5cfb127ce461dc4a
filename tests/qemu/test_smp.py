"""Several CPUs come up, on each board."""

from __future__ import annotations

import pytest

from qemu.test_applications import expected

LIMIT_S = 120.0
FEW = (2, 4)
MANY = 64


def check_start(boot, cpus: int, icount: bool = True) -> None:
    """Each CPU says that it is there, and nothing that the application checks goes wrong."""
    __tracebackhide__ = True
    options = {"CPUS": cpus, "TIME_SLICE_US": 1000, "MAX_THREADS": 2 * cpus + 8}
    result = boot("smp_start", options, icount=icount, limit_s=LIMIT_S)
    assert result.lines == [f"CPU {cpu} is up" for cpu in range(cpus)] + expected("smp_start")
    assert result.code == 0


@pytest.mark.smoke
@pytest.mark.parametrize("cpus", FEW)
def test_cpus_start(boot, cpus):
    check_start(boot, cpus)


@pytest.mark.slow
@pytest.mark.parametrize("cpus", FEW)
def test_cpus_start_in_real_time(boot, cpus):
    check_start(boot, cpus, icount=False)


@pytest.mark.slow
@pytest.mark.parametrize("icount", [True, False], ids=["icount", "realtime"])
def test_many_cpus_start(boot, icount):
    check_start(boot, min(MANY, boot.board.facts()["cpus"]["count"]), icount)
