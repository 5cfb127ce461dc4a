"""Guard pages where there are several CPUs, each of which remembers pages as they were."""

from __future__ import annotations

import re

import pytest

LIMIT_S = 120.0

pytestmark = [pytest.mark.arch("x86_64", "aarch64", "riscv64"), pytest.mark.slow]


@pytest.mark.parametrize("icount", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["icount", "realtime"])
@pytest.mark.parametrize("cpus", [2, 4])
def test_stacks_come_and_go_on_all_cpus(boot, cpus, icount):
    result = boot("smp_stacks", {"CPUS": cpus, "STACK_GUARDS": True}, icount=icount, limit_s=LIMIT_S)
    assert result.lines[0] == "240 threads used their stacks"
    assert result.code == 255
    assert re.search(r"^panic: .*fault|^panic: .*unmapped", result.text, re.MULTILINE)
    assert any(re.fullmatch(rf"thread 'deep' \(id 242, priority 15\) on CPU {cpus - 1}", line) for line in result.lines)
    assert "smp_stacks::descend(int)" in result.text
