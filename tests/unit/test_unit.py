"""Builds and runs the unit tests of the kernel's pure parts, with sanitizers, on the machine at hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.qemu import Bench
from pegplan_cli.project import ROOT

BOARD = "qemu-riscv64-virt"  # whose options the pure parts are compiled with; they depend on nothing else of it


def run(*command: object) -> str:
    """Runs a command; its output, or a failure that shows it."""
    done = subprocess.run([str(word) for word in command], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="session")
def unit_tests(tmp_path_factory: pytest.TempPathFactory, bench: Bench) -> Path:
    """The program with all unit tests."""
    folder = bench.folder / "unit" if bench.coverage else tmp_path_factory.mktemp("unit")
    run(sys.executable, "-m", "generator", "generate", "--board", BOARD, "--build-dir", folder / "board")
    run("cmake", "-G", "Ninja", "-S", ROOT / "tests" / "unit", "-B", folder / "build",
        f"-DPEGPLAN_GENERATED={folder / 'board' / 'generated'}", f"-DPEGPLAN_COVERAGE={'ON' if bench.coverage else 'OFF'}")
    run("cmake", "--build", folder / "build")
    return folder / "build" / "unit_tests"


def test_all_unit_tests_pass(unit_tests: Path) -> None:
    output = run(unit_tests)
    assert "0 failed" in output
