"""A process that lacks what it needs says so and ends; and what it needs is little."""

from __future__ import annotations

import re
import resource
import subprocess
from pathlib import Path

import pytest
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile

from harness import qemu

pytestmark = pytest.mark.arch("host")

NO_START_CODE = 125
LIMIT_S = 20
MIB = 1 << 20


@pytest.fixture
def image(bench, board) -> Path:
    """An image in real time."""
    return bench.build("basic_threading", qemu.Configuration(board)).image


def run(image: Path, *arguments: str, **limits: int) -> subprocess.CompletedProcess[str]:
    """Runs it with limits of the process, by their names in `resource`."""
    def set_limits() -> None:
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, name), (value, value))

    return subprocess.run([image, *arguments], capture_output=True, text=True, timeout=LIMIT_S, preexec_fn=set_limits)


def test_runs_without_a_terminal_or_input(image):
    result = run(image)
    assert result.returncode == 0 and result.stdout.endswith("basic_threading: done\n") and result.stderr == ""


def test_too_little_memory_for_the_stacks(image):
    result = run(image, RLIMIT_AS=256 * MIB)
    assert (result.returncode, result.stdout) == (NO_START_CODE, "")
    assert re.fullmatch(
        r"pegplan: no memory for the stacks of threads \(\d+ KiB at 0x44000000\): Cannot allocate memory\n"
        r"  Raise the limit of the address space \(ulimit -v\), or give the board file less RAM\.\n", result.stderr)


def test_no_timer(image):
    result = run(image, RLIMIT_SIGPENDING=0)
    assert (result.returncode, result.stdout) == (NO_START_CODE, "")
    assert result.stderr == (
        "pegplan: there is no timer for a CPU: Resource temporarily unavailable\n"
        "  Raise the limit of pending signals (ulimit -i), or build with HOST_VIRTUAL_TIME=y, which needs no such timer.\n")


def test_virtual_time_needs_no_timer(bench, board):
    image = bench.build("basic_threading", qemu.Configuration(board).of_run(True)).image
    assert run(image, RLIMIT_SIGPENDING=0).returncode == 0


@pytest.mark.parametrize("argument", ["--help", "0x44000000", "0x44000000=", "0x44000000=1x", "=1", "0x44000002=1", "0x1000=1",
                                      "0x44000000=0x100000000", "0xffffffffffffffff=1"])
def test_wrong_argument(image, argument):
    result = run(image, argument)
    assert (result.returncode, result.stdout) == (NO_START_CODE, "")
    assert result.stderr.startswith(f"pegplan: {argument}: Invalid argument\n")


def test_image_stands_on_the_c_library_alone_and_hides_its_own(image):
    with image.open("rb") as file:
        dynamic = next(section for section in ELFFile(file).iter_sections() if isinstance(section, DynamicSection))
        assert [tag.needed for tag in dynamic.iter_tags("DT_NEEDED")] == ["libc.so.6"]
        symbols = ELFFile(file).get_section_by_name(".dynsym").iter_symbols()
        assert [symbol.name for symbol in symbols if symbol["st_shndx"] != "SHN_UNDEF"] == []
