"""What is in the machine code of the kernel: no floating point but in the functions that switch it."""

from __future__ import annotations

import platform
import re
import subprocess
from pathlib import Path
from typing import Iterator

import pytest

from pegplan_cli.build import read_cache

ALLOWED = {
    "x86_64": set(),
    "aarch64": {"pegplan_aarch64_fp_save", "pegplan_aarch64_fp_restore", "pegplan_switch_fp_plain"},
    "riscv64": {"pegplan_fp_save", "pegplan_fp_restore", "pegplan_switch_fp_plain"},
}
"""Functions that save and restore floating-point registers. On x86_64 one instruction does it that names none."""

FUNCTION = re.compile(r"[0-9a-f]+ <(.+)>:")
INSTRUCTION = re.compile(r" *[0-9a-f]+:\t(?:[0-9a-f]{2,8} ?)+ *\t(\S+)\t?([^<#/]*)")
X86_REGISTER = re.compile(r"%(?:[xyz]mm\d|mm\d|st)")
ARM_REGISTER = re.compile(r"[vqdshb]\d+(?:\.\w+)?(?:\[\d\])?")
ARM_BRANCHES = re.compile(r"b|bl|b\..*|cbn?z|tbn?z|adrp?")


def uses_floating_point(arch: str, mnemonic: str, operands: str) -> bool:
    """Whether an instruction names a floating-point or vector register."""
    if arch == "riscv64":
        return mnemonic.startswith(("f", "c.f")) and not mnemonic.startswith("fence")
    if arch == "x86_64":
        return X86_REGISTER.search(operands) is not None
    return not ARM_BRANCHES.fullmatch(mnemonic) and any(
        ARM_REGISTER.fullmatch(word) for word in re.split(r"[\s,{}\[\]!]+", operands))


def instructions(objdump: str, file: Path) -> Iterator[tuple[str, str, str]]:
    """Function, mnemonic and operands of each instruction."""
    text = subprocess.run([objdump, "-d", file], check=True, capture_output=True, text=True).stdout
    function = ""
    for line in text.splitlines():
        if begin := FUNCTION.fullmatch(line):
            function = begin[1]
        elif found := INSTRUCTION.match(line):
            yield function, found[1], found[2]


def offenders(objdump: str, arch: str, files: list[Path]) -> tuple[int, set[str]]:
    """How many instructions there are, and which functions use floating point."""
    count = 0
    functions = set()
    for file in files:
        for function, mnemonic, operands in instructions(objdump, file):
            count += 1
            if uses_floating_point(arch, mnemonic, operands):
                functions.add(function)
    return count, functions


def machine_of(boot) -> str:
    """Whose machine code the board executes."""
    return platform.machine() if boot.board.arch == "host" else boot.board.arch


def objdump_of(folder: Path) -> str:
    return read_cache(folder)["CMAKE_OBJDUMP"]


def kernel_objects(folder: Path) -> list[Path]:
    return sorted((folder / "CMakeFiles" / "pegplan_kernel.dir").rglob("*.obj"))


def check_kernel(boot, options: dict[str, bool]) -> None:
    __tracebackhide__ = True
    folder = boot.build("fp", options).parent
    count, functions = offenders(objdump_of(folder), machine_of(boot), kernel_objects(folder))
    assert count > 1000, "the kernel's code was not found"
    assert functions <= ALLOWED[machine_of(boot)]


def test_kernel_uses_no_floating_point(boot):
    check_kernel(boot, {})


@pytest.mark.slow
@pytest.mark.arch("x86_64", "aarch64", "riscv64")  # no process can make the unit trap
def test_kernel_of_lazy_fp_uses_none_either(boot):
    check_kernel(boot, {"FP_LAZY": True})


def test_the_test_sees_floating_point(boot):
    """The control: the application computes."""
    folder = boot.build("fp").parent
    objects = list((folder / "CMakeFiles" / "fp_app.dir").rglob("*.obj"))
    count, functions = offenders(objdump_of(folder), machine_of(boot), objects)
    assert count > 100 and any("divide" in function or "accumulate" in function for function in functions)


@pytest.mark.slow
@pytest.mark.uncounted  # the library that counts has some
def test_image_without_floating_point_has_none_at_all(boot):
    image = boot.build("minimal", profile="minimal")
    count, functions = offenders(objdump_of(image.parent), machine_of(boot), [image])
    assert count > 1000
    assert functions == set()
