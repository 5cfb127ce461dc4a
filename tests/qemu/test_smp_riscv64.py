"""What several CPUs mean on riscv64: what the firmware must have, and whose the register gp is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from harness.qemu import HOST_APPS
from pegplan_cli.build import read_cache
from pegplan_cli.packages import COMPILERS

pytestmark = [pytest.mark.arch("riscv64"), pytest.mark.slow]

FIRMWARE = Path(__file__).parent / "firmware"
NEEDS_NO_TIMER = HOST_APPS / "below_the_stack"


@pytest.fixture
def no_extensions(boot, tmp_path: Path) -> list[str]:
    """QEMU's arguments for a firmware that has no extension of SBI."""
    compiler = COMPILERS["riscv64"].program
    elf = tmp_path / "firmware.elf"
    subprocess.run([compiler, "-nostdlib", "-static", "-no-pie", "-mcmodel=medany", "-Wl,--build-id=none",
                    "-Wl,-Ttext=0x80000000", "-o", elf, FIRMWARE / "no_extensions.S"], check=True)
    return ["-bios", str(elf)]


def test_firmware_that_cannot_start_harts(boot, no_extensions):
    result = boot(NEEDS_NO_TIMER, {"CPUS": 2}, arguments=no_extensions)
    assert result.lines == ["boot: several CPUs need extension HSM of the firmware (SBI), which it does not have: "
                            "use a firmware with SBI 0.3 or later, or set CPUS=1"]
    assert result.code == 1


def test_one_cpu_does_not_ask_for_it(boot, no_extensions):
    """The control."""
    result = boot(NEEDS_NO_TIMER, arguments=no_extensions)
    assert (result.lines, result.code) == (["nobody noticed"], 0)


def operands_with_gp(image: Path) -> list[tuple[str, str]]:
    """Each instruction that names gp, and the function it is in."""
    objdump = read_cache(image.parent)["CMAKE_OBJDUMP"]
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", image], check=True, capture_output=True, text=True).stdout
    found, function = [], ""
    for line in text.splitlines():
        if begin := re.fullmatch(r"[0-9a-f]+ <(.+)>:", line):
            function = begin[1]
        elif match := re.match(r" *[0-9a-f]+:\t(\S+)\t(\S+)", line):
            if "gp" in re.split(r"[,()]", match[2]):
                found.append((function, f"{match[1]} {match[2]}"))
    return found


def test_the_linker_leaves_gp_to_the_running_thread(boot):
    """It is moved to and from, set where a hart enters, and kept in the frame of an exception."""
    own = re.compile(r"mv gp,\w+|mv \w+,gp|li gp,0|sd gp,24\(sp\)|ld gp,(0\(a1\)|24\(sp\))")
    uses = operands_with_gp(boot.build("spawn", {"CPUS": 2}))
    assert len(uses) > 10
    assert [use for use in uses if not own.fullmatch(use[1])] == []


def test_with_one_cpu_it_is_the_linkers(boot):
    """The control: relaxed accesses to data."""
    assert any(re.fullmatch(r"\w+ \w+,(gp,-?\d+|-?\d+\(gp\))", use) for _, use in operands_with_gp(boot.build("spawn")))
