"""`pegplan size`: where the bytes of an image are, and what a change costs."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from harness.cli import CommandResult, pegplan
from pegplan_cli import sizes
from pegplan_cli.build import read_cache

# The images are built once, by one process.
pytestmark = pytest.mark.xdist_group("size")

MAIN = """\
#include <pegplan/pegplan.hpp>

char many_zeros[MANY];
int some_numbers[100] = {1};
extern const char some_text[500] = "text";

[[gnu::noinline]] int a_function_of_the_application(int value)
{
    return value * 3 + some_numbers[value];
}

int main()
{
    const volatile int nothing = 0;
    return a_function_of_the_application(nothing) + many_zeros[nothing] + some_text[nothing] - 't' - 1;
}
"""


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two images: one of an application, one of it with a larger array."""
    base = tmp_path_factory.mktemp("size")
    for name, zeros in (("small", 1000), ("large", 4000)):
        app = base / name
        app.mkdir()
        (app / "main.cpp").write_text(MAIN.replace("MANY", str(zeros)))
    done = size(base / "small", base / "build", "--json", base / "small.json", "--by", "object", "--by", "symbol")
    assert done.code == 0, done
    (base / "small.txt").write_text(done.out)
    (base / "before").mkdir()
    for name in ("pegplan.elf", "pegplan.map", "CMakeCache.txt"):
        shutil.copy2(base / "build" / name, base / "before" / name)
    return base


def size(app: Path, folder: Path, *arguments: object) -> CommandResult:
    return pegplan("size", app, "--board", "qemu-riscv64-virt", "--profile", "minimal", "--build-dir", folder, *arguments)


def test_every_byte_is_somebodys_once(build: Path) -> None:
    found = json.loads((build / "small.json").read_text())
    with (build / "build" / "pegplan.elf").open("rb") as file:
        sections = {section.name: section["sh_size"] for section in ELFFile(file).iter_sections()
                    if section["sh_flags"] & 2 and section["sh_size"]}
    assert found["sections"] == sections
    total = found["total"]
    assert sum(total.values()) == sum(sections.values())
    assert total["text"] == sections[".text"] and total["rodata"] == sections[".rodata"]
    assert total["data"] == sections[".data"] and total["bss"] == sections[".bss"] and total["noinit"] == sections[".noinit"]
    for grouping in ("subsystems", "objects", "symbols"):
        for kind in sizes.KINDS:
            assert sum(entry[kind] for entry in found[grouping].values()) == total[kind], (grouping, kind)


def test_bytes_are_where_they_are_written(build: Path) -> None:
    found = json.loads((build / "small.json").read_text())
    symbols, objects, subsystems = found["symbols"], found["objects"], found["subsystems"]
    assert symbols["many_zeros"]["bss"] == 1000
    assert symbols["some_numbers"]["data"] == 400
    assert symbols["some_text"]["rodata"] == 500
    assert symbols["a_function_of_the_application(int)"]["text"] > 0
    own = next(entry for name, entry in objects.items() if name.endswith("/small/main.cpp"))
    assert own["bss"] >= 1000 and own["data"] >= 400 and own["rodata"] >= 500
    assert subsystems["application"] == own
    assert {"core/thread", "core/sched", "core/memory", "core/observe", "arch/riscv64", "arch/devices"} <= set(subsystems)
    assert objects["core/thread/start.cpp"]["text"] > 0 and objects["arch/riscv64/boot.S"]["noinit"] > 0
    # A driver is a header; its code is in whatever object, and counts as its own.
    assert subsystems["arch/devices"]["text"] > 0 and not any(name.startswith("arch/devices") for name in objects)


def test_arena_is_the_rest_of_the_ram(build: Path) -> None:
    found = json.loads((build / "small.json").read_text())
    memory = (build / "build" / "generated" / "linker.ld").read_text()
    begin, end = (int(re.search(rf"^{name} = (\w+);", memory, re.MULTILINE)[1], 0) for name in ("__ram_start", "__ram_end"))
    used = end - begin - found["arena"]
    assert sum(found["total"].values()) <= used < sum(found["total"].values()) + 3 * 4096  # pages are whole
    assert f"{found['arena']} bytes are left for stacks" in (build / "small.txt").read_text()


def test_tables(build: Path) -> None:
    lines = (build / "small.txt").read_text().splitlines()
    titles = [index for index, line in enumerate(lines) if line.split()[:1] in (["object"], ["symbol"])]
    assert [lines[index].split() for index in titles] == [[name, *sizes.KINDS, "sum"] for name in ("object", "symbol")]
    row = next(line.split() for line in lines if line.startswith("many_zeros"))
    assert row == ["many_zeros", "0", "0", "0", "1000", "0", "1000"]
    sums = [int(line.split()[-1]) for line in lines[titles[0] + 1:titles[1]] if line and not line.startswith("total")]
    assert sums == sorted(sums, reverse=True)


def test_comparison_shows_what_has_changed_and_nothing_else(build: Path) -> None:
    done = size(build / "large", build / "build", "--compare", build / "before", "--by", "symbol", "--json", build / "large.json")
    assert done.code == 0, done
    rows = [line.split() for line in done.out.splitlines()]
    assert ["many_zeros", "0", "0", "0", "4000", "0", "4000", "1000", "+3000"] in rows
    assert not any(row[:1] == ["some_numbers"] for row in rows)
    found = json.loads((build / "large.json").read_text())
    before = json.loads((build / "small.json").read_text())
    assert found["before"]["total"] == before["total"]
    assert abs(found["total"]["bss"] - before["total"]["bss"] - 3000) < 16  # what is behind it is aligned
    # An image does as well as its folder.
    again = size(build / "large", build / "build", "--compare", build / "before" / "pegplan.elf", "--by", "symbol")
    assert again.out == done.out
    top = size(build / "large", build / "build", "--by", "symbol", "--top", "2").out.splitlines()
    assert len([line for line in top if line]) == 1 + 2 + 1 + 1 + 1 and any("more" in line for line in top)


def test_pieces_of_several_sources_in_one_object() -> None:
    unity = "CMakeFiles/pegplan_kernel.dir/Unity/unity_0_cxx.cxx.obj"
    assert sizes.subsystem_of(unity, "./core/thread/start.cpp") == "core/thread"
    assert sizes.subsystem_of(unity, None) == "kernel, several sources at once"
    header = "CMakeFiles/pegplan_app.dir/main.cpp.obj"
    assert sizes.subsystem_of(header, "./core/include/pegplan/thread.hpp") == "application"
    assert sizes.subsystem_of(header, "./core/base/ring.hpp") == "core/base"
    assert sizes.subsystem_of("/usr/lib/gcc/12/libgcc.a(_clzsi2.o)", None) == "libgcc"


@pytest.mark.parametrize("what, message", [
    ("nowhere", "nowhere does not exist"),
    ("empty", "there is no pegplan.elf in "),
    ("text", "is not an ELF file"),
    ("alone", "has no linker map"),
    ("stale", "is of a later link than"),
])
def test_what_cannot_be_compared_is_an_error(build: Path, tmp_path: Path, what: str, message: str) -> None:
    image = tmp_path / "pegplan.elf"
    if what == "text":
        image.write_text("not an image")
        (tmp_path / "pegplan.map").write_text("no map")
    if what in ("alone", "stale"):
        shutil.copy(build / "before" / "pegplan.elf", image)
    if what == "stale":
        shutil.copy(build / "before" / "pegplan.map", tmp_path / "pegplan.map")
        os.utime(image, (1, 1))
    done = size(build / "small", build / "build", "--compare", tmp_path / "nowhere" if what == "nowhere" else tmp_path)
    assert done.code == 125
    assert message in done.err and "Traceback" not in done.err


def test_the_toolchains_own_program_reads_the_symbols(build: Path) -> None:
    assert "riscv64" in read_cache(build / "build")["CMAKE_NM"]
