"""How much memory the smallest configuration takes, added up from the image."""

from __future__ import annotations

import re

import pytest

from pegplan_cli import sizes

pytestmark = pytest.mark.arch("riscv64")

KIB = 1024
RAM_LIMIT = 64 * KIB
"""For an application with four threads: text, constants, data, stacks, all."""
STATE_LIMIT = 4 * KIB
"""For the variables of core and arch, without the records of threads and without stacks."""
THREAD_LIMIT = 256
"""For a thread's record. That what the scheduler needs of it takes 64 bytes at most, apps/small asserts itself."""

RECORDS = re.compile(r"kernel::\(anonymous namespace\)::records$")
STACKS = re.compile(r"::exception_stacks$|^\.noinit of arch/\w+/boot\.S$")
"""The stacks on which faults are reported, one per CPU, and the one of the boot, which is the idle thread's."""
PAGE_TABLES = re.compile(r"::(kernel_)?tables$")


@pytest.fixture
def small(boot) -> tuple[sizes.Image, str]:
    """The image, and the configuration's headers for threads."""
    image = boot.build("small", profile="minimal")
    return sizes.read_image(image), (image.parent / "generated" / "pegplan" / "config" / "thread.hpp").read_text()


def option(header: str, name: str) -> int:
    return int(re.search(rf"\b{name} = (\d+);", header)[1])


def kernel_variables(image: sizes.Image) -> list[sizes.Piece]:
    return [piece for piece in image.pieces if piece.kind in sizes.RAM_KINDS and piece.object.split("/")[0] not in ("tests", "examples")
            and not piece.object.startswith("(")]


def test_the_application_works(boot):
    result = boot("small", profile="minimal")
    assert result.code == 0
    assert result.lines[-1] == "total 18"


def test_four_threads_fit_in_64_kib(small):
    image, header = small
    block_header = 16
    stack_of_main = option(header, "main_stack_size") + block_header
    used = sum(image.total().values()) + stack_of_main
    assert used <= RAM_LIMIT, image.by("subsystem")
    # What is compared is the whole: the threads' stacks are in the image.
    stacks = next(piece for piece in image.pieces if piece.symbol.endswith("::stacks") and piece.subsystem == "application")
    assert stacks.size == 4 * option(header, "stack_size_default")
    assert not any(PAGE_TABLES.search(piece.symbol) for piece in image.pieces)  # MEMORY_PROTECTION is off in this profile


def test_state_of_the_kernel_takes_4_kib(small):
    image, _ = small
    others = [piece for piece in kernel_variables(image) if not RECORDS.search(piece.symbol) and not STACKS.search(piece.symbol)]
    assert len(others) > 5, "the kernel's variables were not found"
    assert sum(piece.size for piece in others) <= STATE_LIMIT, sorted((piece.size, piece.symbol) for piece in others)


def test_record_of_a_thread_takes_256_bytes(small):
    image, header = small
    records = next(piece for piece in image.pieces if RECORDS.search(piece.symbol))
    assert records.size / option(header, "max_threads") <= THREAD_LIMIT


@pytest.mark.slow
def test_page_tables_are_what_protection_costs(boot):
    """The control: with protection the same image takes more, and the tables are what the sum above leaves out."""
    image = sizes.read_image(boot.build("small", {"MEMORY_PROTECTION": True}, profile="minimal"))
    tables = [piece.size for piece in image.pieces if PAGE_TABLES.search(piece.symbol)]
    assert len(tables) == 1 and tables[0] >= 4 * 4 * KIB and tables[0] % (4 * KIB) == 0
