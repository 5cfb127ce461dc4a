"""What operations cost in instructions: no row gets worse unnoticed, and what is said about them is what was measured.

Each board's image is built as `scripts/pegplan bench` builds it for a user, and run once.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from harness.cli import pegplan
from pegplan_cli import figures, performance
from pegplan_cli.project import BUILD

THREAD_METRIC = ["basic", "cooperative", "preemptive", "interrupt", "interrupt_preemption", "message", "synchronization", "memory"]
LIMIT_S = 600.0


def folder(board) -> Path:
    """Where the image is kept between runs."""
    return Path(os.environ.get("PEGPLAN_TEST_BUILD_DIR", BUILD / "tests")).resolve() / board.name / "bench"


@pytest.mark.slow
@pytest.mark.arch("x86_64", "aarch64", "riscv64")
def test_no_row_is_worse_than_its_baseline(tmp_path, board):
    report = tmp_path / "now.json"
    baseline = figures.baseline_of(board.name)
    assert baseline.exists(), f"run `pegplan bench --board {board.name} --update-baseline`"
    result = pegplan("bench", "--board", board.name, "--build-dir", folder(board), "--json", report, "--compare", baseline,
                     limit_s=LIMIT_S)
    assert result.code == 0, result
    facts = json.loads(report.read_text(encoding="utf-8"))
    assert facts["board"] == board.name and facts["config"] == "speed + like_for_like.config"
    names = [row["name"] for row in facts["rows"]]
    assert names[:len(THREAD_METRIC)] == THREAD_METRIC
    assert all(row["worst"] >= row["instructions"] > 0 for row in facts["rows"] if not row["name"].startswith(figures.MASKED))
    # What one row alone can say wrong: parts are less than the whole, and many threads cost what few do.
    rows = figures.load(report).by_name()
    assert rows["mutex: lock"].instructions + rows["mutex: unlock"].instructions == pytest.approx(
        rows["mutex: lock and unlock"].instructions, abs=4)
    for operation in ("yield", "wake and wait again", "spawn and join one more"):
        few, many = (rows[f"{operation}, {count} threads"].instructions for count in (10, 10_000))
        assert many <= few * 1.1, f"{operation}: {few} with 10 threads, {many} with 10,000"


def test_page_and_picture_are_what_the_baselines_say():
    for path, text in performance.render().items():
        assert path.read_text(encoding="utf-8") == text, (
            f"{path} is out of date: `pegplan bench --board B --update-baseline` writes it, for any board")


# ---- what is said when a row gets worse -----------------------------------------------------------------------------


CONSOLE = """group One
row first: 100.00 120
row masked: second: 50.00 50
group Two
row third: 10.50 11
"""


def altered(**rows: str) -> figures.Figures:
    """The figures of the console above, with other means."""
    text = CONSOLE
    for name, mean in rows.items():
        old = next(line for line in text.splitlines() if f"{name}: " in line)
        text = text.replace(old, f"{old.rsplit(' ', 2)[0]} {mean} {old.rsplit(' ', 1)[1]}")
    return figures.parse(text, "board", "config")


def test_lines_of_a_console_become_rows():
    parsed = figures.parse(CONSOLE, "board", "config")
    assert [(row.group, row.name, row.instructions, row.worst) for row in parsed.rows] == [
        ("One", "first", 100.0, 120), ("One", "masked: second", 50.0, 50), ("Two", "third", 10.5, 11)]


def test_figures_survive_their_file(tmp_path):
    parsed = figures.parse(CONSOLE, "board", "config")
    (tmp_path / "f.json").write_text(parsed.to_json(), encoding="utf-8")
    assert figures.load(tmp_path / "f.json") == parsed


@pytest.mark.parametrize("mean, worse", [("102.00", False), ("102.01", True), ("90.00", False)])
def test_two_percent_are_allowed(mean, worse):
    change, = figures.changes(altered(), altered(first=mean))
    assert change.name == "first" and change.is_worse == worse


@pytest.mark.parametrize("mean, worse", [("59.00", False), ("59.10", True)])
def test_rows_found_by_sampling_have_their_resolution_besides(mean, worse):
    change, = figures.changes(altered(), altered(second=mean))
    assert change.is_worse == worse


def test_rows_that_come_and_go_need_a_new_baseline():
    fewer = figures.parse("row first: 100.00 120\n", "board", "config")
    assert {change.name for change in figures.changes(altered(), fewer) if change.is_worse} == {"masked: second", "third"}
    assert all(change.is_worse for change in figures.changes(fewer, altered()))


# ---- wrong requests -------------------------------------------------------------------------------------------------


EMULATED = "qemu-riscv64-virt"


@pytest.mark.parametrize("arguments, message", [
    (("--board", "host", "--update-baseline"), "are for emulated boards"),
    (("--board", EMULATED, "--cpus", "2"), "give --scale too"),
    (("--board", EMULATED, "--scale", "--update-baseline"), "neither --compare nor --update-baseline"),
    (("--board", EMULATED, "--profile", "debug", "--update-baseline"), "leave out --profile"),
])
def test_requests_that_contradict_themselves_are_refused(arguments, message):
    result = pegplan("bench", *arguments)
    assert result.code == 125 and message in result.err, result


def test_a_file_that_holds_no_figures_is_refused(tmp_path):
    file = tmp_path / "other.json"
    file.write_text('{"board": "x"}', encoding="utf-8")
    with pytest.raises(Exception, match="has no figures of instructions"):
        figures.load(file)
    with pytest.raises(Exception, match="cannot read .*missing"):
        figures.load(tmp_path / "missing")
