"""`pegplan coverage`: how much of core the tests execute."""

from __future__ import annotations

import json
import re

import pytest

from harness.cli import pegplan

# What counts is compiled into one folder, by one process at a time.
pytestmark = pytest.mark.xdist_group("coverage")

SOME_TESTS = ("-n", 0, "tests/unit", "tests/qemu", "-k", "test_all_unit_tests_pass or test_default and mutex or test_main_returns")
LIMIT_S = 500.0
HEADLINE = re.compile(r"core: (\d+\.\d) % of lines \((\d+)/(\d+)\), \d+\.\d % of branches \(\d+/\d+\)")


@pytest.mark.slow
def test_some_tests_execute_some_of_core(tmp_path):
    """The whole run, with its least share of lines, is part of continuous integration."""
    result = pegplan("coverage", "--output", tmp_path, "--min-lines", 99.9, *SOME_TESTS, limit_s=LIMIT_S)
    assert result.code == 1, result
    assert "fewer lines than 99.9 % were executed" in result.err
    assert HEADLINE.fullmatch(result.out.splitlines()[-1]), repr(result)
    files = {entry["filename"]: entry for entry in json.loads((tmp_path / "summary.json").read_text())["files"]}
    assert all(name.startswith("core/") for name in files)
    assert files["core/sched/scheduler.cpp"]["line_covered"] > 0, "counts of images"
    assert files["core/observe/panic.cpp"]["line_covered"] == 0, "counts of what is compiled and not executed"
    assert files["core/base/rb_tree.hpp"]["line_percent"] == 100, "counts of unit tests"
    assert re.search(r"^  rb_tree\.hpp +(\d+)/\1 +100\.0 %", result.out, re.MULTILINE), result
    assert "sched/scheduler.cpp" in (tmp_path / "index.html").read_text()


def test_no_test_no_report(tmp_path):
    result = pegplan("coverage", "--output", tmp_path / "report", "-n", 0, "tests/unit", "-k", "nothing_is_named_so",
                     env={"PEGPLAN_TEST_BUILD_DIR": str(tmp_path / "tests")})
    assert result.code != 0 and "there is no report" in result.err, result
    assert not (tmp_path / "report").exists()
