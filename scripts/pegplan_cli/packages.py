"""Everything that Pegplan needs of a machine. Standard library only."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Optional


@dataclass(frozen=True)
class Need:
    """One thing that must be there."""

    what: str
    """For people: what it is for."""
    packages: tuple[str, ...]
    """Debian's names of the package; any one of them will do, the first that apt knows is installed."""
    program: Optional[str] = None
    """The program on PATH that shows that it is there."""
    module: Optional[str] = None
    """The Python module that shows that it is there."""
    header: Optional[str] = None
    """The header under the include folders that shows that it is there."""
    file: Optional[str] = None
    """The file that shows that it is there; some distributions put it into another package."""
    pip: Optional[str] = None
    """Its name for pip, where it is a Python module."""
    optional: bool = False
    """Whether building, running and testing do without it."""

    def present(self) -> bool:
        """Whether this machine and this interpreter have it, however it came there."""
        if self.program is not None:
            return shutil.which(self.program) is not None
        if self.module is not None:
            return importlib.util.find_spec(self.module) is not None
        if self.header is not None:
            return any((folder / self.header).exists() for folder in _include_folders())
        if self.file is not None:
            return Path(self.file).exists()
        return True


def _include_folders() -> list[Path]:
    named = os.environ.get("CPLUS_INCLUDE_PATH", "").split(os.pathsep) + os.environ.get("CPATH", "").split(os.pathsep)
    return [Path(folder) for folder in named if folder] + [Path("/usr/include"), Path("/usr/local/include")]


_NATIVE_COMPILER = Need("compiler for this machine and x86_64", ("g++",), program="g++")

# The compiler of each architecture; arch/<arch>/toolchain.cmake names the same ones.
COMPILERS = {
    "host": _NATIVE_COMPILER,
    "x86_64": _NATIVE_COMPILER,
    "aarch64": Need("compiler for aarch64", ("g++-aarch64-linux-gnu",), program="aarch64-linux-gnu-g++"),
    "riscv64": Need("compiler for riscv64", ("g++-riscv64-linux-gnu",), program="riscv64-linux-gnu-g++"),
}

EMULATORS = {
    "x86_64": Need("emulator for x86_64", ("qemu-system-x86",), program="qemu-system-x86_64"),
    "aarch64": Need("emulator for aarch64", ("qemu-system-arm",), program="qemu-system-aarch64"),
    # Distributions after Debian 12 have split this one out of qemu-system-misc.
    "riscv64": Need(
        "emulator for riscv64", ("qemu-system-riscv", "qemu-system-misc"), program="qemu-system-riscv64"
    ),
}

BUILD_TOOLS = (
    Need("build system", ("cmake",), program="cmake"),
    Need("build tool", ("ninja-build",), program="ninja"),
)

GENERATOR_MODULES = (
    Need("reads the menu", ("python3-kconfiglib",), module="kconfiglib", pip="kconfiglib"),
    Need("fills the templates", ("python3-jinja2",), module="jinja2", pip="Jinja2"),
    Need("reads board files", ("python3-yaml",), module="yaml", pip="PyYAML"),
    Need("checks board files", ("python3-jsonschema",), module="jsonschema", pip="jsonschema"),
)

# For `pegplan fuzz`; arch/host/Kconfig names the same compiler. Its runtime holds the engine and the sanitizers.
FUZZING = (
    Need("compiler for fuzzing", ("clang-19",), program="clang++-19"),
    Need("fuzzing engine", ("libclang-rt-19-dev",),
         file=f"/usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.fuzzer_no_main-{platform.machine()}.a"),
)

FDT_MODULE = Need("reads device trees", ("python3-libfdt",), module="libfdt", pip="pylibfdt")

# For boards that boot from a CD image (scripts/pegplan_cli/iso.py).
ISO_NEEDS = (
    Need("boot loader of PCs: makes CD images", ("grub-common",), program="grub-mkrescue", optional=True),
    Need("boot loader of PCs: its modules for BIOS", ("grub-pc-bin",), file="/usr/lib/grub/i386-pc/moddep.lst", optional=True),
    Need("writes CD images", ("xorriso",), program="xorriso", optional=True),
)

# For boards whose machine takes a device tree (scripts/pegplan_cli/device_tree.py).
DEVICE_TREE_COMPILER = Need("device tree compiler", ("device-tree-compiler",), program="dtc", optional=True)

ELF_MODULE = Need("looks into images", ("python3-pyelftools",), module="elftools", pip="pyelftools")

DEBUGGER = Need("debugger", ("gdb-multiarch",), program="gdb-multiarch")

OTHER_NEEDS = (
    Need("firmware of riscv64", ("opensbi",), file="/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin", optional=True),
    Need("network ROMs of the emulators", ("ipxe-qemu",)),
    Need("tables in the terminal", ("python3-rich",), module="rich", pip="rich", optional=True),
    Need("graphical menu", ("python3-tk",), module="tkinter"),
    Need("virtual screen of tests", ("xvfb",), program="Xvfb"),
    Need("keyboard and mouse of tests", ("xdotool",), program="xdotool"),
    Need("tests", ("python3-pytest",), module="pytest", pip="pytest"),
    Need("tests in parallel", ("python3-pytest-xdist",), module="xdist", pip="pytest-xdist"),
    Need("time limits of tests", ("python3-pytest-timeout",), module="pytest_timeout", pip="pytest-timeout"),
    Need("property tests", ("python3-hypothesis",), module="hypothesis", pip="hypothesis"),
    ELF_MODULE,
    FDT_MODULE,
    Need("unit tests", ("doctest-dev",), header="doctest/doctest.h"),
    Need("reports of coverage", ("gcovr",), program="gcovr"),
    DEBUGGER,
    Need("runs programs for aarch64", ("qemu-user",), program="qemu-aarch64"),
    Need("peer in benchmarks", ("libboost-fiber-dev",), header="boost/fiber/all.hpp", optional=True),
    *ISO_NEEDS,
    DEVICE_TREE_COMPILER,
)

ALL_NEEDS = (*dict.fromkeys(COMPILERS.values()), *EMULATORS.values(), *BUILD_TOOLS, *GENERATOR_MODULES, *FUZZING, *OTHER_NEEDS)


def needs_of_build(arch: Optional[str], emulate: bool) -> tuple[Need, ...]:
    """What it takes to build for an architecture, and to run what was built."""
    own = [table[arch] for table in (COMPILERS, *([EMULATORS] if emulate else [])) if arch in table]
    return (*own, *BUILD_TOOLS, *GENERATOR_MODULES)
