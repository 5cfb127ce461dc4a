"""`pegplan bench`: figures of boards."""

from __future__ import annotations

import json
import shutil

import pytest

from harness.cli import pegplan
from pegplan_cli import cost_table
from pegplan_cli.project import ROOT

PAGE = ROOT / "docs" / "synchronisation.md"
TOLERANCE = 2
"""Instructions by which a figure may differ from the page's: what follows from where the linker puts things."""


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
def test_instructions_are_exact_and_those_of_the_documentation(tmp_path, board):
    """When the page is behind: scripts/pegplan bench --profile speed --board <board> --table docs/synchronisation.md"""
    page = tmp_path / PAGE.name
    shutil.copyfile(PAGE, page)
    reports = [tmp_path / "first.json", tmp_path / "second.json"]
    for report in reports:
        result = pegplan("bench", "--board", board.name, "--profile", "speed", "--build-dir", tmp_path / "bench", "--json", report,
                         "--table", page)
        assert result.code == 0, result
        assert "mutex: lock and unlock" in result.out
    first, second = (json.loads(report.read_text(encoding="utf-8")) for report in reports)
    assert first == second
    assert first["board"] == board.name and first["unit"] == "instructions"
    assert len(first["rows"]) > 20 and all(row["instructions"] > 0 for row in first["rows"])
    if board.name in PAGE.read_text(encoding="utf-8"):  # the first board of each architecture has a column
        documented, measured = cost_table.read(PAGE, board.name), cost_table.read(page, board.name)
        assert documented.keys() == measured.keys()
        behind = {name: (count, measured[name]) for name, count in documented.items()
                  if count is None or abs(count - measured[name]) > TOLERANCE}
        assert not behind, "documented and measured"


def test_a_table_is_written_and_read(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Costs\n\n| | a | b |\n|---|---|---|\n| yield | 1 | 2 |\n| gone | 3 | 4 |\n\nMore.\n", encoding="utf-8")
    cost_table.write(page, "b", {"new": 7.6, "yield": 5.2})
    assert page.read_text(encoding="utf-8") == \
        "# Costs\n\n| | a | b |\n|---|---|---|\n| new | – | 8 |\n| yield | 1 | 5 |\n\nMore.\n"
    assert cost_table.read(page, "a") == {"new": None, "yield": 1}
