"""Builds and runs the unit tests of the kernel's pure parts, with sanitizers, on the machine at hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.qemu import Bench
from pegplan_cli.project import ROOT

# Built once, by one process.
pytestmark = pytest.mark.xdist_group("unit")

BOARD = "qemu-riscv64-virt"  # whose options the pure parts are compiled with; they depend on nothing else of it


def run(*command: object) -> str:
    """Runs a command; its output, or a failure that shows it."""
    done = subprocess.run([str(word) for word in command], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory, bench: Bench) -> Path:
    """The folder with the programs."""
    folder = bench.folder / "unit" if bench.coverage else tmp_path_factory.mktemp("unit")
    run(sys.executable, "-m", "generator", "generate", "--board", BOARD, "--build-dir", folder / "board")
    run("cmake", "-G", "Ninja", "-S", ROOT / "tests" / "unit", "-B", folder / "build",
        f"-DPEGPLAN_GENERATED={folder / 'board' / 'generated'}", f"-DPEGPLAN_COVERAGE={'ON' if bench.coverage else 'OFF'}")
    run("cmake", "--build", folder / "build")
    return folder / "build"


def test_all_unit_tests_pass(programs: Path) -> None:
    output = run(programs / "unit_tests")
    assert "0 failed" in output


@pytest.mark.uncounted
def test_lock_free_structures_between_threads(programs: Path) -> None:
    """Under the thread sanitizer."""
    output = run(programs / "stress_tests")
    assert "0 failed" in output


@pytest.mark.uncounted
def test_the_thread_sanitizer_works_here(programs: Path) -> None:
    """The control: a value that is published without an order is reported."""
    done = subprocess.run([programs / "stress_tests", "--no-skip", "--test-case=*a release that is missing*"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    assert done.returncode != 0
    assert "ThreadSanitizer: data race" in done.stdout
