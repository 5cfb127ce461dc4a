"""Stacks of threads that no CPU runs, and the way through interrupts.

gdb sees CPUs. To show another thread, an unwinder says that what "called" the selected CPU's innermost function is the
place where that thread was left: the frames behind it are then the thread's, `up`, `down` and `info locals` work in them,
and no register is touched.
Where the frames of assembly lie stands in arch/*/: each table below names its file.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Callable, Mapping, Optional

import gdb
import gdb.unwinder

Registers = Mapping[str, int]
WORD = 8


def read_word(address: int) -> int:
    """A word of the machine's memory."""
    memory = gdb.selected_inferior().read_memory(address, WORD)
    return int.from_bytes(bytes(memory), "little")


@lru_cache(maxsize=None)
def _symbol_at(address: int) -> str:
    """The name of the symbol around an address, assembly's included; empty when there is none."""
    text = gdb.execute(f"info symbol {address:#x}", to_string=True)
    match = re.match(r"(\S+)(?: \+ \d+)? in section ", text)
    return match[1] if match else ""


# ---- contexts at rest -------------------------------------------------------------------------------------------------


def _x86_64(context: gdb.Value) -> Registers:
    """arch/x86_64/context.hpp. A switch leaves rbp on the stack, and goes on at the instruction that pops it."""
    stack, resume_at = int(context["stack_pointer"]), int(context["resume_at"])
    if _symbol_at(resume_at) == "pegplan_thread_entry":
        return {"rip": resume_at, "rsp": stack, "rbp": 0}
    pop_size = 1
    return {"rip": resume_at + pop_size, "rsp": stack + WORD, "rbp": read_word(stack)}


def _aarch64_frame(stack: int, size: int) -> Registers:
    registers = {f"x{19 + index}": read_word(stack + index * WORD) for index in range(12)}
    return {**registers, "pc": registers["x30"], "sp": stack + size}


def _aarch64(context: gdb.Value) -> Registers:
    """arch/aarch64/frames.h: x19 to x30 in order, and with eager floating point d8 to d15 behind them."""
    eager = "<true" in str(context["floating_point"].type.strip_typedefs())
    return _aarch64_frame(int(context["stack_pointer"]), 160 if eager else 96)


def _riscv64(context: gdb.Value) -> Registers:
    """arch/riscv64/frame.h: ra and s0 to s11 below the stack pointer."""
    stack = int(context["sp"])
    saved = {("fp" if index == 0 else f"s{index}"): read_word(stack - 2 * WORD - index * WORD) for index in range(12)}
    return {**saved, "pc": read_word(stack - WORD), "sp": stack}


def _host_x86_64(context: gdb.Value) -> Registers:
    """arch/host/x86_64/host_machine.hpp."""
    machine = context["machine"]
    return {"rip": int(machine["resume_at"]), "rsp": int(machine["stack_pointer"]), "rbp": int(machine["frame_pointer"])}


_CONTEXTS: dict[str, Callable[[gdb.Value], Registers]] = {
    "pegplan::arch::x86_64::Context": _x86_64,
    "pegplan::arch::aarch64::Context": _aarch64,
    "pegplan::arch::riscv64::Context": _riscv64,
    "pegplan::arch::host::Context": _host_x86_64,
}


def registers_of(context: gdb.Value) -> Registers:
    """What a thread that no CPU runs goes on with: the registers that are known."""
    kind = context.type.strip_typedefs().name
    known = kind in _CONTEXTS
    if kind == "pegplan::arch::host::Context":      # of x86_64; another machine's has other fields
        known = any(field.name == "resume_at" for field in context["machine"].type.fields())
    if not known:
        raise gdb.GdbError(f"contexts of this kind ({kind}) are not known here: scripts/pegplan_gdb/frames.py")
    return _CONTEXTS[kind](context)


# ---- interrupts -------------------------------------------------------------------------------------------------------

# Where an entry has saved what it interrupted: distances from the stack pointer, by register. Those that are not named are
# as they were, since calls preserve them.
_X86_64_INTERRUPT = {name: index * WORD for index, name in enumerate(
    ("r11", "r10", "r9", "r8", "rdi", "rsi", "rdx", "rcx", "rax", "rip", "", "", "rsp")) if name}
_X86_64_EXCEPTION = {name: index * WORD for index, name in enumerate(
    ("r15", "r14", "r13", "r12", "r11", "r10", "r9", "r8", "rdi", "rsi", "rbp", "rbx", "rdx", "rcx", "rax", "", "", "rip", "", "",
     "rsp")) if name}
_X86_64_CALLEE_SAVED = ("rbx", "rbp", "r12", "r13", "r14", "r15")
# ucontext_t of Linux, which lies where the handler's return has left the stack pointer.
_LINUX_X86_64 = {name: 40 + index * WORD for index, name in enumerate(
    ("r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rdi", "rsi", "rbp", "rbx", "rdx", "rax", "rcx", "rsp", "rip"))}
_AARCH64_RECORD = {**{f"x{index}": index * WORD for index in range(18)}, "x30": 144, "x29": 152, "pc": 160}
_AARCH64_PLAIN = {**{f"x{index}": index * WORD for index in range(18)}, "x30": 144}
_AARCH64_CALLEE_SAVED = tuple(f"x{number}" for number in range(19, 30))
_RISCV64_INTERRUPT = {name: index * WORD for index, name in enumerate(
    ("ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7"))}
_RISCV64_CALLEE_SAVED = ("fp", *(f"s{number}" for number in range(1, 12)))

# Entry: what it saves, what calls preserve, and by how much the stack pointer was higher where it is not saved.
_ENTRIES = {
    "pegplan_timer_entry": (_X86_64_INTERRUPT, _X86_64_CALLEE_SAVED, 0),
    "pegplan_ipi_entry": (_X86_64_INTERRUPT, _X86_64_CALLEE_SAVED, 0),
    "pegplan_flush_entry": (_X86_64_INTERRUPT, _X86_64_CALLEE_SAVED, 0),
    "pegplan_device_not_available_entry": (_X86_64_INTERRUPT, _X86_64_CALLEE_SAVED, 0),
    "exception": (_X86_64_EXCEPTION, (), 0),
    "pegplan_signal_return": (_LINUX_X86_64, (), 0),
    "pegplan_aarch64_vectors": (_AARCH64_PLAIN, _AARCH64_CALLEE_SAVED, 160),
    "pegplan_aarch64_vectors_lazy": (_AARCH64_PLAIN, _AARCH64_CALLEE_SAVED, 160),
    "pegplan_aarch64_vectors_record": (_AARCH64_RECORD, _AARCH64_CALLEE_SAVED, 176),
    "pegplan_aarch64_vectors_lazy_record": (_AARCH64_RECORD, _AARCH64_CALLEE_SAVED, 176),
    "pegplan_interrupt_entry": (_RISCV64_INTERRUPT, _RISCV64_CALLEE_SAVED, 128),
}

# Where the hardware keeps the place of the interrupt, and not the frame: the function that puts it aside before another
# thread runs, its variable, and the CPU's own register before that.
_PLACES = {
    "pegplan_aarch64_vectors": ("preempt_interrupted", "program_counter", "ELR_EL1"),
    "pegplan_aarch64_vectors_lazy": ("preempt_interrupted", "program_counter", "ELR_EL1"),
    "pegplan_interrupt_entry": ("preempt", "place", "sepc"),
}

# Nothing called these: a stack ends there.
BEGINNINGS = frozenset({"pegplan_thread_entry", "pegplan_context_start", "pegplan_aarch64_thread_begin", "pegplan_boot"})


class _FrameId:
    """What gdb tells frames apart by."""

    def __init__(self, sp: int, pc: int) -> None:
        self.sp = sp
        self.pc = pc


class _State:
    """What the unwinder goes by: the thread that is shown, and where interrupts came from that no frame tells."""

    selected: Optional[Registers] = None
    of_cpu: tuple[int, int] = (0, 0)
    """Program counter and stack pointer of the CPU meanwhile: of its innermost function, and what was inlined into that."""
    interrupted_at: dict[int, int] = {}


class _Unwinder(gdb.unwinder.Unwinder):
    """The innermost frame, while a thread is selected; and the entries of interrupts."""

    def __init__(self) -> None:
        super().__init__("pegplan")

    def __call__(self, pending: gdb.PendingFrame) -> Optional[gdb.UnwindInfo]:
        pc_name, sp_name = register_names()
        pc, sp = pending.read_register(pc_name), pending.read_register(sp_name)
        if _State.selected is not None and (_unsigned(pc), _unsigned(sp)) == _State.of_cpu:
            # Inner to any thread's frame, wherever that thread's stack lies.
            return _unwind(pending, 0, _unsigned(pc), _State.selected)
        entry = _symbol_at(_unsigned(pc))
        if entry not in _ENTRIES:
            return None
        places, preserved, size = _ENTRIES[entry]
        stack = _unsigned(sp)
        registers = {name: read_word(stack + distance) for name, distance in places.items()}
        registers.update({name: int(pending.read_register(name)) for name in preserved if name not in registers})
        registers.setdefault(sp_name, stack + size)
        if pc_name not in registers:
            if stack not in _State.interrupted_at:
                return None
            registers[pc_name] = _State.interrupted_at[stack]
        return _unwind(pending, stack, int(pc), registers)


def _unsigned(value: gdb.Value) -> int:
    """A register as a number; gdb has some of them as signed ones or pointers."""
    return int(value) & (2**64 - 1)


def _of(frame: gdb.Frame) -> tuple[int, int]:
    """A frame's program counter and stack pointer."""
    pc_name, sp_name = register_names()
    return _unsigned(frame.read_register(pc_name)), _unsigned(frame.read_register(sp_name))


def _unwind(pending: gdb.PendingFrame, sp: int, pc: int, registers: Registers) -> gdb.UnwindInfo:
    word, pointer = gdb.lookup_type("unsigned long"), gdb.lookup_type("unsigned long")
    info = pending.create_unwind_info(_FrameId(gdb.Value(sp).cast(pointer), gdb.Value(pc & (2**64 - 1)).cast(pointer)))
    for name, value in registers.items():
        saved = gdb.Value(value & (2**64 - 1)).cast(word)
        kind = pending.read_register(name).type
        info.add_saved_register(name, saved.cast(kind) if kind.sizeof == saved.type.sizeof else saved)
    return info


def register_names() -> tuple[str, str]:
    """Program counter and stack pointer of the architecture at hand."""
    name = gdb.selected_inferior().architecture().name()
    return ("rip", "rsp") if name.startswith("i386") else ("pc", "sp")


def select(context: Optional[gdb.Value]) -> None:
    """Shows the thread of this context instead of what the CPU runs; None for the CPU itself again."""
    _State.selected = None
    _State.interrupted_at = {}
    gdb.invalidate_cached_frames()
    if context is not None:
        of_cpu = _of(gdb.newest_frame())
        _State.selected, _State.of_cpu = registers_of(context), of_cpu
        gdb.invalidate_cached_frames()


def deselect(_event: object = None) -> None:
    """The machine goes on: threads will be elsewhere."""
    if _State.selected is not None or _State.interrupted_at:
        select(None)


def stack() -> list[gdb.Frame]:
    """The frames of the selected thread, or of the CPU, innermost first."""
    for _ in range(_DEEPEST_INTERRUPTS):
        frames = _walk()
        if not _learn_place(frames):
            return frames
        gdb.invalidate_cached_frames()
    return frames


_DEEPEST_INTERRUPTS = 4
_DEEPEST_STACK = 200


def _walk() -> list[gdb.Frame]:
    frame = gdb.newest_frame()
    while _State.selected is not None and frame is not None and _of(frame) == _State.of_cpu:
        frame = frame.older()
    frames = []
    while frame is not None and len(frames) < _DEEPEST_STACK:
        if frame.pc() == 0:
            break
        frames.append(frame)
        if name_of(frame) in BEGINNINGS:
            break
        frame = frame.older()
    return frames


def _learn_place(frames: list[gdb.Frame]) -> bool:
    """Where the stack ends at an interrupt whose place is not in its frame: finds it. Tells whether that leads on."""
    # The entry may not be the last: gdb goes on by guesses behind it.
    for index, frame in enumerate(frames):
        entry = name_of(frame)
        if entry not in _PLACES:
            continue
        sp = _unsigned(frame.read_register(register_names()[1]))
        if sp in _State.interrupted_at:
            continue
        function, variable, register = _PLACES[entry]
        keeper = next((newer for newer in frames[:index] if re.search(rf"::{function}(\(|$)", newer.name() or "")), None)
        try:
            place = keeper.read_var(variable) if keeper else frames[0].read_register(register)
            _State.interrupted_at[sp] = _unsigned(place)
        except (gdb.error, ValueError):
            return False
        return True
    return False


def name_of(frame: gdb.Frame) -> str:
    """The function of a frame, or the symbol of assembly. The place to which a signal handler returns would count for what
    stands before it, as return addresses do."""
    symbol = _symbol_at(frame.pc())
    return symbol if symbol in _ENTRIES else frame.name() or symbol


def is_interrupt(frame: gdb.Frame) -> bool:
    """Whether a frame is the entry of an interrupt or a fault: what it interrupted is behind it."""
    return _symbol_at(frame.pc()) in _ENTRIES


def install() -> None:
    """Registers the unwinder."""
    gdb.unwinder.register_unwinder(None, _Unwinder(), replace=True)
    gdb.events.cont.connect(deselect)
