"""Asks QEMU about a machine: for its device tree, and for what only the running emulator knows. No guest code runs."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Sequence

from .errors import PegplanError
from .machine import STATUS_FILE_MARKER

_LIMIT_S = 30
"""For one question; a machine of 64 CPUs answers in half a second."""
_MARKER = re.compile(r"\{[a-z_]+\}")
"""What the runner fills in when there is an image."""


@dataclass(frozen=True)
class Machine:
    """A machine as QEMU's command line describes it."""

    program: str
    machine: str
    arguments: tuple[str, ...] = ()
    """All others: CPUs, memory, devices."""

    @classmethod
    def of_command(cls, command: Sequence[str]) -> Machine:
        """The machine of a command line by which images run, without the image, and what the runner does with its lines."""
        program, *arguments = _without_image(command)
        at = arguments.index("-machine")
        machine = arguments[at + 1]
        del arguments[at:at + 2]
        for option in ("-display", "-serial", "-monitor"):
            if option in arguments:
                at = arguments.index(option)
                del arguments[at:at + 2]
        return cls(program, machine, tuple(arguments))

    def command(self, folder: str, machine_option: str = "") -> list[str]:
        """The command line; files that it names lie in `folder`."""
        arguments = [argument.replace(STATUS_FILE_MARKER, f"{folder}/status") for argument in self.arguments]
        return [self.program, "-machine", self.machine + machine_option, *arguments, "-display", "none", "-S"]


def _without_image(arguments: Sequence[str]) -> list[str]:
    """The arguments but those that name the image or what is made of it, with the option in front of each."""
    kept: list[str] = []
    for argument in arguments:
        if set(_MARKER.findall(argument)) <= {STATUS_FILE_MARKER}:
            kept.append(argument)
        elif kept and kept[-1].startswith("-"):
            kept.pop()
    return kept


class Refused(PegplanError):
    """QEMU does not take the command line."""


def dump_device_tree(machine: Machine) -> Optional[bytes]:
    """The machine's device tree; None if it makes none."""
    with tempfile.TemporaryDirectory(prefix="pegplan-") as folder:
        file = Path(folder) / "machine.dtb"
        # A machine without a tree of its own ignores the option and would wait; the monitor ends it.
        command = [*machine.command(folder, f",dumpdtb={file}"), "-monitor", "stdio"]
        _run(command, "quit\n")
        return file.read_bytes() if file.is_file() else None


def cpu_models(program: str) -> list[str]:
    """The CPUs that an emulator has, by the names that -cpu takes."""
    text = _run([program, "-cpu", "help"])
    return [words[-1] for line in text.splitlines() if not line.endswith(":") and (words := line.split())]


def _run(command: Sequence[str], text: str = "") -> str:
    try:
        result = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                                timeout=_LIMIT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise PegplanError(f"{command[0]} did not answer within {_LIMIT_S} s: {' '.join(command)}") from error
    if result.returncode != 0:
        raise Refused(_complaint(command[0], result.stderr))
    return result.stdout


def _complaint(program: str, text: str) -> str:
    """What QEMU says, without the name that it begins with."""
    lines = [line for line in text.splitlines() if line.startswith(f"{program}:")] or text.splitlines() or ["no reason given"]
    return re.sub(r"^[\w-]+: ", "", lines[-1]).strip()


@dataclass(frozen=True)
class Rom:
    """What QEMU itself puts into memory."""

    name: str
    base: int
    size: int


class Monitor:
    """The machine, stopped before its first instruction, and its monitor (QMP). A context manager."""

    def __init__(self, machine: Machine) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pegplan-")
        command = ["timeout", "-s", "KILL", str(_LIMIT_S), *machine.command(self._folder.name), "-monitor", "none",
                   "-qmp", "stdio"]
        self._program = machine.program
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         text=True, errors="replace")

    def __enter__(self) -> Monitor:
        self.ask("qmp_capabilities")
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._process.communicate('{"execute": "quit"}\n', timeout=_LIMIT_S)
        finally:
            self._process.kill()
            self._folder.cleanup()

    def ask(self, command: str, **arguments: Any) -> Any:
        """The answer to a command; None if QEMU has none."""
        assert self._process.stdin is not None and self._process.stdout is not None
        question = {"execute": command, **({"arguments": arguments} if arguments else {})}
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            for line in self._process.stdout:
                answer = json.loads(line)
                if "return" in answer:
                    return answer["return"]
                if "error" in answer:
                    return None
        except (BrokenPipeError, ValueError):
            pass
        assert self._process.stderr is not None
        raise Refused(_complaint(self._program, self._process.stderr.read()))

    def cpu_property(self, name: str) -> Optional[int]:
        """A number that QEMU's first CPU has as a property."""
        cpus = self.ask("query-cpus-fast")
        value = self.ask("qom-get", path=cpus[0]["qom-path"], property=name) if cpus else None
        return value if isinstance(value, int) else None

    def machines(self) -> dict[str, dict[str, Any]]:
        """The machines that the emulator has, by name."""
        found = self.ask("query-machines") or []
        return {name: machine for machine in found for name in (machine["name"], machine.get("alias")) if name}

    def roms(self) -> list[Rom]:
        """What QEMU puts into RAM from files: firmware."""
        text = self.ask("human-monitor-command", **{"command-line": "info roms"}) or ""
        found = re.findall(r'^addr=([0-9a-f]+) size=0x([0-9a-f]+) mem=ram name="(.*/.*)"', text, re.MULTILINE)
        return [Rom(Path(name).name, int(base, 16), int(size, 16)) for base, size, name in found]
