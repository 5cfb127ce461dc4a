"""`pegplan test` and `pegplan coverage`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Sequence

from .. import packages
from ..project import ROOT
from .common import Verbs, add_verb, need


def add(verbs: Verbs) -> None:
    """Adds them."""
    test = add_verb(verbs, "test", _test, "run the test suite", """
Sets the machine up if needed and runs the whole suite by pytest, in as many processes as there are CPUs. All other
arguments go to pytest.""", epilog="""examples:
  pegplan test
  pegplan test --quick
  pegplan test tests/qemu -k preempt --board qemu-riscv64-virt
  pegplan test -n 0 -x tests/cli""")
    test.add_argument("--quick", action="store_true", help="leave out what is slow, and all but smoke tests on emulated boards")
    test.set_defaults(pass_on=True)

    coverage = add_verb(verbs, "coverage", _coverage, "tell which lines of core the tests execute", """
Runs the behavioural tests of the board host and the unit tests with images that count what they execute, and writes a report
in HTML: lines and branches of core, file by file. Exits with the code of the tests. All other arguments go to pytest.""",
                     epilog="""examples:
  pegplan coverage
  pegplan coverage --output /tmp/report tests/qemu/test_applications.py -k mutex""")
    coverage.add_argument("--output", type=Path, metavar="DIR", help="where the report goes (default: build/coverage)")
    coverage.add_argument("--min-lines", type=float, metavar="PERCENT",
                          help="fail when a smaller part of the lines is executed")
    coverage.set_defaults(pass_on=True)


def _test(options: argparse.Namespace, pytest_arguments: Sequence[str]) -> int:
    need([each for each in packages.ALL_NEEDS if not each.optional], "testing")
    quick = ["--quick"] if options.quick else []
    return subprocess.run(_pytest_command([*quick, *pytest_arguments], ["tests"]), check=False).returncode


def _coverage(options: argparse.Namespace, pytest_arguments: Sequence[str]) -> int:
    need([each for each in packages.ALL_NEEDS if not each.optional], "measuring coverage")
    from ..coverage import TESTS, run_coverage

    return run_coverage(options.output, options.min_lines, _pytest_command(pytest_arguments, TESTS))


def _pytest_command(own: Sequence[str], tests: Sequence[str]) -> list[str]:
    """Runs pytest in parallel; `tests` are folders of the tree, for when the user's own arguments name none."""
    command = [sys.executable, "-m", "pytest"]
    if not any(argument.startswith(("-n", "--numprocesses", "--tx")) for argument in own):
        command += ["-n", str(len(os.sched_getaffinity(0))), "--dist", "loadgroup"]
    command += ["-c", str(ROOT / "pytest.ini"), "--rootdir", str(ROOT), *own]
    if not any(_is_path(argument) for argument in own):
        command += [str(ROOT / folder) for folder in tests]
    return command


def _is_path(argument: str) -> bool:
    """Whether a pytest argument names tests, as a path or `path::test`."""
    return not argument.startswith("-") and Path(argument.split("::")[0]).exists()
