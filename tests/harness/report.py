"""Applications of many scenarios, and what a panic prints."""

from __future__ import annotations

import re
from pathlib import Path

from elftools.elf.elffile import ELFFile

from harness import qemu

DISTANCE = 32 << 20
"""How far before the end of RAM the number of the scenario lies (apps/support/scenario.hpp)."""

PANIC_CODE = 255
MAIN = "thread 'main' (id 1, priority 15) on CPU 0"
REGISTERS = re.compile(r"( +[a-z][a-z0-9_]* [0-9a-f]{16})+")
FRAME = re.compile(r"  #(\d+) 0x[0-9a-f]{16}(?: (.*))?")


def symbol(image: Path, name: str) -> int:
    """The address of a symbol."""
    with image.open("rb") as file:
        table = ELFFile(file).get_section_by_name(".symtab")
        return table.get_symbol_by_name(name)[0]["st_value"]


def boot_scenario(boot, app: str, number: int, icount: bool = True, limit_s: float = qemu.LIMIT_S,
                  **configuration) -> qemu.Result:
    """Boots the application in a way that the scenario of that number is the one that runs."""
    __tracebackhide__ = True
    place = symbol(boot.build(app, icount=icount, **configuration), "__arena_end") - DISTANCE
    arguments = qemu.arguments_to_load(boot.board, place, number)
    return boot(app, arguments=arguments, icount=icount, limit_s=limit_s, **configuration)


class Report:
    """A panic's text, taken apart: message, place, thread, registers, stack trace."""

    def __init__(self, lines: list[str]) -> None:
        begin = next(index for index, line in enumerate(lines) if line.startswith("panic: "))
        self.before = lines[:begin]
        self.message = lines[begin].removeprefix("panic: ")
        self.place = lines[begin + 1]
        self.thread = lines[begin + 2]
        trace = lines.index("stack trace:")
        self.registers = lines[begin + 3:trace]
        frames = [FRAME.fullmatch(line) for line in lines[trace + 1:]]
        assert frames and all(frames), lines[trace:]
        assert [int(frame[1]) for frame in frames] == list(range(len(frames)))
        self.frames = [frame[2] or "" for frame in frames]

    def registers_are_shown(self) -> bool:
        """Whether there is a list of registers and nothing else, several in a line."""
        return len(self.registers) >= 3 and all(REGISTERS.fullmatch(line) for line in self.registers)

    def trace_has(self, *functions: str) -> bool:
        """Whether these functions called one another: the first one is the innermost."""
        names = iter(self.frames)
        return all(any(function in name for name in names) for function in functions)


def report_of(result: qemu.Result, scenario: str) -> Report:
    """The report of a boot that ended in a panic."""
    __tracebackhide__ = True
    assert result.code == PANIC_CODE
    report = Report(result.lines)
    assert report.before == [f"scenario {scenario}", ""]
    assert report.registers_are_shown(), report.registers
    return report
