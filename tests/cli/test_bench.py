"""`pegplan bench`: figures of boards."""

from __future__ import annotations

import json

import pytest

from harness.cli import pegplan


@pytest.mark.slow
@pytest.mark.arch("host")
def test_nanoseconds_are_shown(tmp_path, board):
    result = pegplan("bench", "--board", board.name, "--runs", 1, "--build-dir", tmp_path / "bench")
    assert result.code == 0, result
    for name in ("bare switch, jump", "bare switch, return", "yield to another thread", "spawn and join, equal",
                 "yield / bare switch, return"):
        assert name in result.out, result


@pytest.mark.slow
@pytest.mark.arch("x86_64", "aarch64", "riscv64")
def test_instructions_are_shown_and_exact(tmp_path, board):
    reports = [tmp_path / "first.json", tmp_path / "second.json"]
    for report in reports:
        result = pegplan("bench", "--board", board.name, "--build-dir", tmp_path / "bench", "--json", report)
        assert result.code == 0, result
        assert "mutex: lock and unlock" in result.out
    first, second = (json.loads(report.read_text(encoding="utf-8")) for report in reports)
    assert first == second
    assert first["board"] == board.name and first["unit"] == "instructions"
    assert len(first["rows"]) > 20 and all(row["instructions"] > 0 for row in first["rows"])
