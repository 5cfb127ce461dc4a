"""thread_local variables: what an image without them does not have, and what is refused."""

from __future__ import annotations

import pytest

from harness import qemu

LIMIT = 16
"""THREAD_LOCAL_DESTRUCTORS."""


def symbols(image) -> dict[str, int]:
    """Name and value of each symbol of an image."""
    elffile = pytest.importorskip("elftools.elf.elffile")
    with image.open("rb") as file:
        table = elffile.ELFFile(file).get_section_by_name(".symtab")
        return {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}


@pytest.mark.arch("x86_64", "aarch64", "riscv64")  # on the host all threads have theirs at the same addresses
def test_pointers_to_another_threads(boot):
    result = boot("thread_local_pointers")
    assert result.lines == (qemu.TEST_APPS / "thread_local_pointers" / "expected.txt").read_text().splitlines()
    assert result.code == 0


@pytest.mark.arch("x86_64")
def test_cpu_without_the_instruction(boot):
    """A CPU that lacks `wrfsbase` has the thread pointer set by way of a model-specific register."""
    result = boot("thread_local", arguments=["-cpu", "max,-fsgsbase"])
    assert result.lines == (qemu.TEST_APPS / "thread_local" / "expected.txt").read_text().splitlines()
    assert result.code == 0


@pytest.mark.core
def test_too_many_destructors(boot):
    result = boot("thread_local_limit")
    assert result.code == 255
    assert result.lines[0] == "within the limit: true used, true destroyed"
    assert (f"panic: thread 'beyond' has more than {LIMIT} thread_local variables with destructors: "
            "raise THREAD_LOCAL_DESTRUCTORS") in result.lines


@pytest.mark.arch("x86_64", "aarch64", "riscv64")
def test_the_linker_chooses_the_switch(boot):
    """Only an image with thread_local variables has a switch that loads the thread pointer."""
    for app, kind in (("sleep", "plain"), ("thread_local", "thread_local")):
        values = symbols(boot.build(app))
        chosen = next(name for name in ("pegplan_switch_fp", "pegplan_switch") if name in values)
        assert values[chosen] == values[f"{chosen}_{kind}"] != values[f"{chosen}_{'plain' if kind != 'plain' else 'thread_local'}"]
        assert (values["__thread_locals_start"] != values["__thread_locals_end"]) == (kind == "thread_local")


@pytest.mark.core
@pytest.mark.uncounted  # without optimisation more is kept
def test_no_destructors_no_list(boot):
    """The list of destructors is in those images only whose variables have any."""
    list_of = [name for name in symbols(boot.build("thread_local")) if "DestructorList" in name or "destructorsE" in name]
    assert list_of
    assert not set(list_of) & symbols(boot.build("sleep")).keys()


@pytest.mark.core
@pytest.mark.slow
def test_refused_without_the_option(boot):
    with pytest.raises(qemu.BootFailure) as failure:
        boot.build("thread_local", {"THREAD_LOCAL_STORAGE": False})
    assert ("the image has thread_local variables, and the configuration has no THREAD_LOCAL_STORAGE: "
            "set CONFIG_THREAD_LOCAL_STORAGE=y or do without them") in str(failure.value)
    result = boot("basic_threading", {"THREAD_LOCAL_STORAGE": False})
    assert result.code == 0
