"""The commands."""

from __future__ import annotations

import os
from typing import Optional

import gdb

from . import frames, kernel

_INTERNAL = ("core/", "arch/", "./core/", "./arch/")
"""Where the kernel's own sources lie: a thread is where it left the application's."""


def _find(text: str) -> kernel.KernelThread:
    """The thread that the user means: by its id, its name, or `idle<CPU>`."""
    found = kernel.threads()
    wanted = text.strip()
    for thread in found:
        if wanted in (thread.shown, thread.name):
            return thread
    raise gdb.GdbError(f"there is no thread `{wanted}`; there are " + ", ".join(thread.shown for thread in found))


def _cpu_of(thread: kernel.KernelThread) -> Optional[gdb.InferiorThread]:
    """gdb's thread for the CPU that runs a thread: the one whose stack pointer lies in the thread's stack."""
    cpus = sorted(gdb.selected_inferior().threads(), key=lambda cpu: cpu.num)
    before = gdb.selected_thread()
    others = [other for other in kernel.threads() if other.home is None]
    unclaimed = []
    try:
        for cpu in cpus:
            cpu.switch()
            sp = int(gdb.newest_frame().read_register(frames.register_names()[1]))
            if thread.home is None and thread.has_on_stack(sp):
                return cpu
            if not any(other.has_on_stack(sp) for other in others):
                unclaimed.append(cpu)
    finally:
        if before is not None:
            before.switch()
    # An idle thread, or a thread whose fault is handled on another stack: the CPU of that number.
    numbered = dict(enumerate(cpus))
    cpu = numbered.get(thread.cpu if thread.cpu is not None else 0)
    return cpu if cpu in unclaimed or len(unclaimed) == 0 else unclaimed[0]


def show(thread: kernel.KernelThread) -> list[gdb.Frame]:
    """Makes gdb show a thread; returns its frames."""
    frames.select(None)
    if thread.cpu is None:
        frames.select(thread.record["context"])
    else:
        cpu = _cpu_of(thread)
        if cpu is not None:
            cpu.switch()
    return frames.stack()


def _place(frame: gdb.Frame) -> str:
    """`function at file:line`."""
    name = frames.name_of(frame) or "??"
    if frames.is_interrupt(frame):
        return f"{name}, interrupt"
    line = frame.find_sal()
    where = f" at {os.path.normpath(line.symtab.filename)}:{line.line}" if line.symtab and line.line else ""
    return f"{name}{where}"


def _where(stack: list[gdb.Frame]) -> str:
    """Where a thread is, in words of the application."""
    for frame in stack:
        line = frame.find_sal()
        if line.symtab and not line.symtab.filename.startswith(_INTERNAL) and not os.path.isabs(line.symtab.filename):
            return _place(frame)
    return _place(stack[0]) if stack else "(no stack)"


def print_threads() -> None:
    """The table. The selected CPU stays so; a thread that no CPU runs is no longer selected."""
    before = gdb.selected_thread()
    rows = [("", "Id", "Name", "State", "Prio", "CPU", "Where")]
    found = kernel.threads()
    for thread in found:
        priority = str(thread.priority) + (f" ({thread.base_priority})" if thread.priority != thread.base_priority else "")
        try:
            where = "" if thread.state == "finished" else _where(show(thread))
        except gdb.error as error:
            where = f"({error})"
        rows.append(("*" if thread.cpu is not None else "", thread.shown, thread.name, thread.state,
                     priority if thread.home is None else "", "" if thread.cpu is None else str(thread.cpu), where))
    frames.select(None)
    if before is not None:
        before.switch()
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    if not found:
        print("No threads yet: the kernel has not started.")


def _print_stack(stack: list[gdb.Frame]) -> None:
    for frame in stack:
        print(f"#{frame.level():<3} {frame.pc():#018x} in {_place(frame)}")


class _Prefix(gdb.Command):
    """Pegplan's threads: `pegplan threads`, `pegplan thread ID`, `pegplan backtrace [all]`."""

    def __init__(self) -> None:
        super().__init__("pegplan", gdb.COMMAND_STACK, prefix=True)


class _Threads(gdb.Command):
    """Lists Pegplan's threads: ids, names, states, priorities (in parentheses the own one, where it is raised), CPUs and places."""

    def __init__(self, name: str) -> None:
        super().__init__(name, gdb.COMMAND_STACK)

    def invoke(self, argument: str, from_tty: bool) -> None:
        """Of the command."""
        if argument.strip():
            raise gdb.GdbError(f"`{argument}` is more than this command takes; `pegplan thread {argument}` shows one thread")
        print_threads()


class _Thread(gdb.Command):
    """Selects a thread by its id, its name or idle<CPU>, and shows its stack, with the numbers that `frame` takes;
    `up`, `down` and `info locals` work in it. Ends when the machine goes on; `pegplan thread` alone ends it at once."""

    def __init__(self) -> None:
        super().__init__("pegplan thread", gdb.COMMAND_STACK)

    def invoke(self, argument: str, from_tty: bool) -> None:
        """Of the command."""
        if not argument.strip():
            frames.select(None)
            return
        thread = _find(argument)
        print(f"Thread {thread.shown} \"{thread.name}\", {thread.state}, priority {thread.priority}")
        if thread.state == "finished":
            frames.select(None)
            print("It has ended, and so has its stack.")
            return
        stack = show(thread)
        _print_stack(stack)
        if stack:
            stack[0].select()


class _Backtrace(gdb.Command):
    """Shows the stack of the selected thread; `pegplan backtrace all` those of all threads."""

    def __init__(self) -> None:
        super().__init__("pegplan backtrace", gdb.COMMAND_STACK)

    def invoke(self, argument: str, from_tty: bool) -> None:
        """Of the command."""
        if argument.strip() not in ("", "all"):
            raise gdb.GdbError("`pegplan backtrace` takes nothing or `all`; `pegplan thread ID` shows one thread")
        if not argument.strip():
            _print_stack(frames.stack())
            return
        before = gdb.selected_thread()
        for thread in kernel.threads():
            print(f"\nThread {thread.shown} \"{thread.name}\", {thread.state}, priority {thread.priority}")
            if thread.state != "finished":
                _print_stack(show(thread))
        frames.select(None)
        if before is not None:
            before.switch()


def install() -> None:
    """Adds the commands. `info threads` is replaced: gdb's own one would list CPUs."""
    _Prefix()
    _Thread()
    _Backtrace()
    for name in ("pegplan threads", "info threads"):
        _Threads(name)
