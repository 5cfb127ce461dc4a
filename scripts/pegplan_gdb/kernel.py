"""The kernel's records of threads, read from the image (core/thread/thread_control.hpp)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, Optional

import gdb

_KERNEL = "pegplan::kernel::"
_RECORDS = _KERNEL + "(anonymous namespace)::records"
_CPUS = _KERNEL + "cpus"

# enum Hold, by its enumerators.
_BLOCKED, _SUSPENDED, _FINISHED = "hold_blocked", "hold_suspended", "hold_finished"


@dataclass(frozen=True)
class KernelThread:
    """A thread, or the idle thread of a CPU."""

    number: int
    """Its id; 0 for idle threads."""
    name: str
    state: str
    priority: int
    base_priority: int
    cpu: Optional[int]
    """The CPU that runs it; None when none does."""
    home: Optional[int]
    """Of idle threads: their CPU."""
    record: gdb.Value

    @property
    def shown(self) -> str:
        """How commands name it."""
        return str(self.number) if self.home is None else f"idle{self.home}"

    def has_on_stack(self, address: int) -> bool:
        """Whether an address lies in its stack. The stack of an idle thread is that of the boot, which no record knows."""
        memory = self.record["stack"]["memory"]
        begin = int(_member(memory, "_M_ptr"))
        return begin <= address <= begin + int(_member(_member(memory, "_M_extent"), "_M_extent_value"))


def _member(value: gdb.Value, name: str) -> gdb.Value:
    """A member of a class of the standard library, or of its base."""
    for field in value.type.strip_typedefs().fields():
        if field.name == name:
            return value[field]
        if field.is_base_class:
            try:
                return _member(value[field], name)
            except KeyError:
                pass
    raise KeyError(name)


def symbol(name: str) -> gdb.Value:
    """A variable of the kernel. Raises a gdb.GdbError that says what to do when the image does not know it."""
    found = gdb.lookup_static_symbol(name) or gdb.lookup_global_symbol(name)
    if found is None:
        raise gdb.GdbError(f"there is no {name} in the image: is it one of Pegplan, with its debug information?")
    return found.value()


def elements(array: gdb.Value) -> Iterator[gdb.Value]:
    """Those of a std::array, by reference, so that nothing large is copied."""
    items = array["_M_elems"]
    low, high = items.type.strip_typedefs().range()
    return (items[index] for index in range(low, high + 1))


def number_of(thread_id: gdb.Value) -> int:
    """A ThreadId: an enumeration, or a class with one member."""
    kind = thread_id.type.strip_typedefs()
    return int(thread_id if kind.code != gdb.TYPE_CODE_STRUCT else thread_id[kind.fields()[0]])


def _name(record: gdb.Value) -> str:
    text = record["name"]["_M_elems"]
    low, high = text.type.strip_typedefs().range()
    data = bytes(int(text[index]) & 0xFF for index in range(low, high + 1))
    return data.split(b"\0")[0].decode(errors="replace")


def _holds(record: gdb.Value, what: str) -> bool:
    return bool(int(record["holds"]) & int(gdb.parse_and_eval(_KERNEL + what)))


def _state(record: gdb.Value, cpu: Optional[int]) -> str:
    if _holds(record, _FINISHED):
        return "finished"
    holds = [name for what, name in ((_BLOCKED, "blocked"), (_SUSPENDED, "suspended")) if _holds(record, what)]
    if holds:
        return ", ".join(holds)
    return "ready" if cpu is None else "running"


def cpu_count() -> int:
    """How many CPUs the image uses."""
    low, high = symbol(_CPUS)["_M_elems"].type.strip_typedefs().range()
    return int(high - low + 1)


def threads() -> list[KernelThread]:
    """All threads there are, in order of their ids, and the idle threads of CPUs that run."""
    running = {}
    idle = []
    for number, cpu in enumerate(elements(symbol(_CPUS))):
        current = int(cpu["current"])
        if not current:
            continue                            # has not started
        running[current] = number
        record = cpu["idle"]
        runs = int(record.address) == current
        idle.append(KernelThread(0, f"idle of CPU {number}", "running" if runs else "ready", 0, 0, number if runs else None,
                                 number, record))
    found = []
    for record in elements(symbol(_RECORDS)):
        number = number_of(record["id"])
        if number == 0:
            continue                            # a free record
        cpu_number = running.get(int(record.address))
        found.append(KernelThread(number, _name(record), _state(record, cpu_number), int(record["priority"]),
                                  int(record["base_priority"]), cpu_number, None, record))
    return sorted(found, key=lambda thread: thread.number) + idle
