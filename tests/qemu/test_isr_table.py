"""docs/synchronisation.md says what interrupt handlers may call: each call stands in apps/isr_calls, which calls it from one."""

from __future__ import annotations

import re

from harness import qemu
from pegplan_cli.project import ROOT

PAGE = ROOT / "docs" / "synchronisation.md"
ISR_COLUMN = 3
NONE = "–"


def calls_of_the_table() -> dict[str, list[str]]:
    """What handlers may call of each primitive."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("| primitive | header |"))
    calls = {}
    for line in lines[begin + 2:]:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        calls[cells[0]] = [] if cells[ISR_COLUMN] == NONE else cells[ISR_COLUMN].split(", ")
    return calls


def calls_in_handlers() -> str:
    """The parts of the application that run in an interrupt."""
    source = (qemu.TEST_APPS / "isr_calls" / "main.cpp").read_text(encoding="utf-8")
    return "\n".join(re.findall(r"in_interrupt\(\[.*?\n    \}\);|in_interrupt\(\[.*?\}\);", source, re.DOTALL))


def test_each_call_that_handlers_may_make_is_made_by_one():
    calls = calls_of_the_table()
    assert len(calls) > 20 and sum(map(len, calls.values())) > 25, "the table was not found"
    handlers = calls_in_handlers()
    missing = {primitive: [name for name in names if not re.search(rf"(\.|->){name}\(", handlers)]
               for primitive, names in calls.items()}
    # A scoped_lock calls these.
    assert {primitive: names for primitive, names in missing.items() if names} == {"`SpinLock`": ["lock", "unlock"]}
