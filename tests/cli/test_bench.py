"""`pegplan bench` on the host. (On emulated boards: tests/perf/test_figures.py.)"""

from __future__ import annotations

import pytest

from harness.cli import pegplan


@pytest.mark.slow
@pytest.mark.arch("host")
def test_nanoseconds_are_shown(tmp_path, board):
    result = pegplan("bench", "--board", board.name, "--unity", "--runs", 1, "--build-dir", tmp_path / "bench")
    assert result.code == 0, result
    for name in ("bare switch, jump", "bare switch, return", "yield to another thread", "spawn and join, equal",
                 "yield / bare switch, return"):
        assert name in result.out, result
