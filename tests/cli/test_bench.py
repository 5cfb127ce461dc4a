"""`pegplan bench`: figures of a board that runs as a process."""

from __future__ import annotations

import pytest

from harness.cli import pegplan


@pytest.mark.slow
@pytest.mark.arch("host")
def test_figures_are_shown(tmp_path, board):
    result = pegplan("bench", "--board", board.name, "--runs", 1, "--build-dir", tmp_path / "bench")
    assert result.code == 0, result
    for name in ("bare switch, jump", "bare switch, return", "yield to another thread", "spawn and join, equal",
                 "yield / bare switch, return"):
        assert name in result.out, result


def test_emulated_boards_are_refused():
    result = pegplan("bench", "--board", "qemu-riscv64-virt")
    assert result.code != 0 and "runs in an emulator" in result.err
