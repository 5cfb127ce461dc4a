"""`pegplan coverage`: how much of core the tests execute. The figure is shown at the end of the suite."""

from __future__ import annotations

import json
import re

import pytest

from harness.cli import pegplan

MIN_LINES = 95
WHOLE_RUN_LIMIT_S = 1500.0
ONE_TEST = ("-n", 0, "tests/unit")
HEADLINE = re.compile(r"core: (\d+\.\d) % of lines \((\d+)/(\d+)\), \d+\.\d % of branches \(\d+/\d+\)")


@pytest.mark.slow
@pytest.mark.timeout(2 * WHOLE_RUN_LIMIT_S)
def test_core_is_executed(tmp_path, record_property):
    result = pegplan("coverage", "--output", tmp_path, "--min-lines", MIN_LINES, limit_s=WHOLE_RUN_LIMIT_S)
    headline = HEADLINE.fullmatch(result.out.splitlines()[-1])
    assert headline, repr(result)
    record_property("figure", f"coverage of {headline[0]}")
    assert result.code == 0, repr(result)
    files = {entry["filename"]: entry for entry in json.loads((tmp_path / "summary.json").read_text())["files"]}
    assert all(name.startswith("core/") for name in files)
    assert files["core/sched/scheduler.cpp"]["line_covered"] > 0, "counts of images"
    assert files["core/observe/panic.cpp"]["line_covered"] > 0, "counts of images that have panicked"
    assert files["core/base/rb_tree.hpp"]["line_percent"] == 100, "counts of unit tests"
    assert "sched/scheduler.cpp" in (tmp_path / "index.html").read_text()


@pytest.mark.slow
def test_too_little_fails(tmp_path):
    """The unit tests alone execute no source file but that of the formatter."""
    folders = {"PEGPLAN_TEST_BUILD_DIR": str(tmp_path / "tests")}
    result = pegplan("coverage", "--output", tmp_path / "report", "--min-lines", 99.9, *ONE_TEST, env=folders)
    assert result.code == 1, result
    assert "fewer lines than 99.9 % were executed" in result.err
    assert re.search(r"^  rb_tree\.hpp +(\d+)/\1 +100\.0 %", result.out, re.MULTILINE), result
    assert "mutex.cpp" in result.err, "what is in no program stands apart"


def test_no_test_no_report(tmp_path):
    result = pegplan("coverage", "--output", tmp_path / "report", *ONE_TEST, "-k", "nothing_is_named_so",
                     env={"PEGPLAN_TEST_BUILD_DIR": str(tmp_path / "tests")})
    assert result.code != 0 and "there is no report" in result.err, result
    assert not (tmp_path / "report").exists()
