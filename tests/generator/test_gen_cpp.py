"""The generated C++ and linker script, judged by the compilers and linkers that will read them."""
from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

COMPILERS = {
    "qemu-aarch64-virt": ("aarch64-linux-gnu-g++", ()),
    "qemu-riscv64-virt": ("riscv64-linux-gnu-g++", ("-mcmodel=medany",)),
    "qemu-x86_64-q35": ("g++", ()),
}
FLAGS = ("-std=c++20", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-fno-pic", "-Wall", "-Wextra", "-Wconversion",
         "-Werror", "-fno-asynchronous-unwind-tables", "-ffunction-sections", "-fdata-sections")


def _needs(program: str) -> None:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")


def _compile(command: list[object]) -> str:
    """What the compiler says, and nothing else when it is content."""
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return result.stderr if result.returncode else ""


def _check_headers(program: str, headers: list[Path], includes: list[Path], folder: Path, before: str = "") -> None:
    """Each header compiles on its own, or behind `before`."""
    def check(header: Path) -> str:
        source = folder / f"{header.parent.name}_{header.stem}.cpp"
        source.write_text(f'{before}#include "{header}"\n#include "{header}"\n')
        return _compile([program, *FLAGS, "-fsyntax-only", *(f"-I{path}" for path in includes), source])

    with ThreadPoolExecutor(2) as pool:
        for header, message in zip(headers, pool.map(check, headers)):
            assert not message, f"{header}:\n{message}"


@pytest.mark.parametrize("name", COMPILERS)
def test_headers_stand_alone(name: str, build, root: Path, tmp_path: Path) -> None:
    program, _ = COMPILERS[name]
    _needs(program)
    build(name)
    generated = tmp_path / "build/generated"
    # The headers of options are the same on every board: once is enough.
    headers = sorted(generated.glob("pegplan/board/*.hpp"))
    # Where devices have a space of addresses of their own, the architecture's header defines it.
    before = "".join(f'#include "arch/{path.parent.name}/io_port.hpp"\n' for path in root.glob("arch/*/io_port.hpp")
                     if path.parent.name in name)
    if name == "qemu-riscv64-virt":
        headers += sorted(generated.glob("pegplan/config/*.hpp"))
    _check_headers(program, headers, [root, root / "core/include", generated], tmp_path, before)


def test_every_kind_of_option_compiles(small_tree, root: Path, tmp_path: Path) -> None:
    _needs("g++")
    small_tree.generate(settings=["WAIT_MS=99", "LEVEL=3", "FEATURE=y", 'LABEL=quote " and \\ backslash ?? {{x}}'])
    generated = tmp_path / "small-build/generated"
    source = tmp_path / "test.cpp"
    source.write_text("""
        #include <pegplan/config/demo.hpp>
        #include <type_traits>
        using namespace pegplan::config;
        using namespace std::chrono_literals;
        static_assert(feature && !off && level == 3);
        static_assert(std::is_same_v<decltype(level), const int>);
        static_assert(address == 0x8000 && std::is_same_v<decltype(address), const std::uintptr_t>);
        static_assert(label == "quote \\" and \\\\ backslash ?\\? {{x}}");
        static_assert(wait == 99ms && leap == 250ns);
        static_assert(std::is_same_v<decltype(wait), const std::chrono::milliseconds>);
        static_assert(big == 5000000000 && std::is_same_v<decltype(big), const std::int64_t> && bottom == -12345);
        static_assert(mode_a && !mode_b && !mode_c);
    """)
    assert not _compile(["g++", *FLAGS, "-fsyntax-only", f"-I{generated}", source])


PROGRAM = """
int counter = 3;
int zeroed[100];
__attribute__((section(".noinit"))) int raw[10];
struct Constructed { Constructed(); int value; };
Constructed::Constructed() : value(counter) {}
Constructed constructed;
extern const char text[];
const char text[] = "hello";
extern "C" [[noreturn]] __attribute__((section(".text.boot"))) void pegplan_boot()
{
    for (;;) {
        ++counter;
        zeroed[counter % 100] = text[counter % 5] + constructed.value + raw[counter % 10];
    }
}
"""


@pytest.fixture
def link(build, tmp_path: Path):
    """Links a program by the generated script; the message of the linker, and the image."""

    def run(name: str, code: str, **arguments: object) -> tuple[str, Path]:
        program, flags = COMPILERS[name]
        _needs(program)
        build(name, **arguments)
        source, image = tmp_path / "program.cpp", tmp_path / "program.elf"
        source.write_text(code)
        message = _compile([
            program, *FLAGS, *flags, "-O2", "-nostdlib", "-static", "-no-pie", "-Wl,--gc-sections",
            "-Wl,--build-id=none", "-Wl,--defsym=pegplan_thread_local_storage=0", "-Wl,-z,max-page-size=4096", "-Wl,-z,noexecstack", "-Wl,--fatal-warnings",
            f"-Wl,-T,{tmp_path / 'build/generated/linker.ld'}", f"-I{tmp_path / 'headers'}", source,
            tmp_path / "build/generated/stamps.ld", "-o", image,
        ])
        return message, image

    return run


@pytest.mark.parametrize("name", COMPILERS)
def test_linker_script(name: str, link, build) -> None:
    elffile = pytest.importorskip("elftools.elf.elffile")
    message, path = link(name, PROGRAM)
    assert not message
    with path.open("rb") as file:
        image = elffile.ELFFile(file)
        symbols = {symbol.name: symbol["st_value"] for symbol in image.get_section_by_name(".symtab").iter_symbols()}
        ram = build(name).model.board.ram[0]
        assert image.header["e_entry"] == symbols["pegplan_boot"] == symbols["__text_start"] == ram.base
        groups = ["__image_start", "__text_start", "__text_end", "__rodata_start", "__init_array_start",
                  "__init_array_end", "__rodata_end", "__data_start", "__data_end", "__bss_start", "__bss_end",
                  "__image_end", "__arena_start", "__arena_end"]
        addresses = [symbols[group] for group in groups]
        assert addresses == sorted(addresses)
        assert symbols["__arena_end"] == ram.end
        for group in ("__text_start", "__rodata_start", "__data_start", "__arena_start"):
            assert symbols[group] % 4096 == 0, group
        assert symbols["__bss_start"] % 16 == symbols["__bss_end"] % 16 == 0
        assert symbols["__init_array_end"] - symbols["__init_array_start"] == 8
        assert symbols["__bss_start"] <= symbols["zeroed"] < symbols["__bss_end"]
        assert symbols["__bss_end"] <= symbols["raw"] < symbols["__image_end"]
        assert symbols["__data_start"] <= symbols["counter"] < symbols["__data_end"]
        assert symbols["__rodata_start"] <= symbols["text"] < symbols["__rodata_end"]
        loads = [segment for segment in image.iter_segments() if segment["p_type"] == "PT_LOAD"]
        assert [segment["p_flags"] for segment in loads] == [5, 4, 6]      # no segment is writable and executable
        assert loads[-1]["p_vaddr"] + loads[-1]["p_memsz"] == symbols["__image_end"]


def test_an_image_that_does_not_fit(link, root: Path, tmp_path: Path, monkeypatch) -> None:
    boards = tmp_path / "boards"
    shutil.copytree(root / "boards/qemu-riscv64-virt", boards / "qemu-riscv64-small")
    path = boards / "qemu-riscv64-small/board.yaml"
    path.write_text(path.read_text().replace("126 MiB", "16 KiB"))
    monkeypatch.setitem(COMPILERS, "qemu-riscv64-small", COMPILERS["qemu-riscv64-virt"])
    small = {"board_roots": [boards], "profile": "minimal", "settings": ["TASKS=n"]}
    message, _ = link("qemu-riscv64-small", PROGRAM, **small)
    assert not message
    message, _ = link("qemu-riscv64-small", PROGRAM.replace("zeroed[100]", "zeroed[10000]"), **small)
    assert "the image does not fit in memory region `ram` of boards/qemu-riscv64-small/board.yaml:15" in message


def test_thread_local_variables_are_refused(link) -> None:
    code = PROGRAM.replace("int counter = 3;", "thread_local int counter = 3;")
    message, _ = link("qemu-riscv64-virt", code)
    assert "the image has thread_local variables, and the configuration has no THREAD_LOCAL_STORAGE: set" in message


def _sections(path: Path) -> dict[str, int]:
    """The sections of an image that take memory, with their sizes."""
    elffile = pytest.importorskip("elftools.elf.elffile")
    with path.open("rb") as file:
        return {section.name: section["sh_size"] for section in elffile.ELFFile(file).iter_sections() if section["sh_flags"] & 2}


@pytest.mark.parametrize("name", COMPILERS)
def test_objects_of_another_configuration_do_not_link(name: str, link, build, tmp_path: Path) -> None:
    """A header of before, and a linker that knows the present ones."""
    headers = tmp_path / "headers"
    plain, _ = link(name, PROGRAM)
    before = _sections(tmp_path / "program.elf")
    shutil.copytree(tmp_path / "build/generated", headers)
    code = "#include <pegplan/config/thread.hpp>\n#include <pegplan/config/sched.hpp>\n" + PROGRAM
    message, image = link(name, code)
    assert not plain and not message
    assert _sections(image) == before                   # what the check costs in memory

    message, _ = link(name, code, settings=["MAX_THREADS=9"])
    stale = [line for line in message.splitlines() if "undefined reference" in line]
    assert len(stale) == 1 and "pegplan_stale_object_rebuild_it__config_thread_was_" in stale[0], message
    # Another way to the same values is no other configuration.
    (tmp_path / "same.config").write_text("CONFIG_MAX_THREADS=64\n")
    message, _ = link(name, code, configs=[tmp_path / "same.config"])
    assert not message


def test_a_text_with_slashes_is_part_of_the_stamp(small_tree, tmp_path: Path) -> None:
    """What stands behind `//` in a value is no comment."""
    stamps = []
    for label in ("http://one", "http://two"):
        small_tree.generate(settings=[f"LABEL={label}"])
        stamps.append((tmp_path / "small-build/generated/stamps.ld").read_text())
    assert stamps[0] != stamps[1]
