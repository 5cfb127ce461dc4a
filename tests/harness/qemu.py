"""Builds application folders for boards and boots them in QEMU.

Applications that bring no configuration of their own share a build folder for each (board, configuration): the kernel is
compiled once, each application is one more image. The folders stay between runs of the suite; what is up to date is not
built again. Several processes may use them at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Mapping, Optional, Sequence, Union

from pegplan_cli import console, machine
from pegplan_cli.boards import Board
from pegplan_cli.build import Build, Request, read_cache
from pegplan_cli.errors import PegplanError
from pegplan_cli.project import DEFAULT_APP, DEFAULT_PROFILE, EXAMPLES, ROOT
from pegplan_cli.symbolise import Symboliser

TEST_APPS = ROOT / "tests" / "qemu" / "apps"
HOST_APPS = ROOT / "tests" / "host" / "apps"
LIMIT_S = 20.0
"""No boot takes longer; a test that needs more says so."""
LINES_SHOWN = 40

Value = Union[bool, int, str]


class BootFailure(AssertionError):
    """An image that was not built, or did not come to its end."""


@dataclass(frozen=True)
class Configuration:
    """How the kernel of a test is configured."""

    board: Board
    options: Mapping[str, Value] = field(default_factory=dict)
    profile: str = DEFAULT_PROFILE
    fragments: tuple[Path, ...] = ()

    deterministic: bool = False
    """Whether the board's own options for deterministic runs are set."""

    def of_run(self, icount: bool) -> Configuration:
        """The configuration for a kind of run."""
        return replace(self, deterministic=icount)

    def settings(self) -> tuple[str, ...]:
        """The options in the form of `--set`."""
        own = tuple(f"{name}={_kconfig_value(value)}" for name, value in sorted(self.options.items()))
        return (*self.board.settings(self.deterministic), *own)

    def folder_name(self) -> str:
        """Of the build folder: the same for the same configuration, readable for the usual one."""
        parts = [*([self.profile] if self.profile != DEFAULT_PROFILE else []), *self.settings(), *map(str, self.fragments)]
        text = "-".join(re.sub(r"[^A-Za-z0-9]+", "_", part) for part in parts)[:40] or "default"
        return f"{text}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:8]}" if parts else text


def _kconfig_value(value: Value) -> str:
    return {True: "y", False: "n"}[value] if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Result:
    """How a boot went."""

    app: str
    board: Board
    code: Optional[int]
    """The image's exit code; None when it ended without one."""
    end: machine.End
    text: str
    """The whole console, without the firmware's banner, with `\\n` for line ends, stack traces symbolised."""
    seconds: float
    messages: str
    """What QEMU itself said."""
    image: Path
    generated: Path

    @property
    def lines(self) -> list[str]:
        """The console's lines."""
        return self.text.splitlines()

    def tail(self) -> str:
        """The console's last lines, for messages."""
        lines = self.lines[-LINES_SHOWN:]
        shown = "\n".join(f"    {line}" for line in lines) or "    (nothing)"
        cut = len(self.lines) - len(lines)
        return (f"{self.app} on {self.board.name}: {self.end.value}, exit code {self.code}, {self.seconds:.2f} s\n"
                + (f"    … {cut} lines before\n" if cut else "") + shown
                + (f"\n  QEMU said: {self.messages.strip()}" if self.messages.strip() else ""))

    def section(self, begin: str, end: str) -> list[str]:
        """The lines between two lines that are in the console once each."""
        lines = self.lines
        assert lines.count(begin) == 1 and lines.count(end) == 1, f"no single {begin!r} … {end!r} in\n{self.tail()}"
        return lines[lines.index(begin) + 1: lines.index(end)]

    def __repr__(self) -> str:
        return f"<{self.app} on {self.board.name}: exit code {self.code}, {len(self.lines)} lines>"


def find_app(name: Union[str, Path]) -> Path:
    """The folder of a test's application, of an example, or any other."""
    for folder in (TEST_APPS / name, HOST_APPS / name, EXAMPLES / name, Path(name)):
        if folder.is_dir():
            return folder
    raise BootFailure(f"there is no application {name} in {TEST_APPS}, {HOST_APPS} or {EXAMPLES}")


def is_plain(app: Path) -> bool:
    """Whether an application brings nothing but sources, so that it can share a kernel."""
    return app.is_relative_to(ROOT) and not any((app / name).exists() for name in ("app.config", "Kconfig", "CMakeLists.txt"))


def shared_apps() -> tuple[Path, ...]:
    """All plain applications of tests and examples."""
    folders = sorted(folder for base in (TEST_APPS, HOST_APPS, EXAMPLES) for folder in base.glob("*")
                     if (folder / "main.cpp").exists())
    return tuple(folder for folder in folders if is_plain(folder) and folder != DEFAULT_APP)


def has_many_apps(configuration: Configuration) -> bool:
    """Whether more than a few applications are built with a configuration: the usual one, and those with a sanitizer."""
    return set(configuration.options) <= {"HOST_ASAN", "HOST_TSAN"} and configuration.profile == DEFAULT_PROFILE


def arguments_to_load(board: Board, address: int, value: int) -> list[str]:
    """What puts 32 bits into the board's memory before the image starts."""
    if board.is_process:
        return [f"{address:#x}={value}"]
    return ["-device", f"loader,addr={address:#x},data={value},data-len=4"]


class Bench:
    """Builds and boots for one run of the test suite."""

    def __init__(self, folder: Path, run_id: str, unity: bool = False, coverage: bool = False) -> None:
        self.folder = folder
        self.coverage = coverage
        """Whether images count what they execute, on boards that can. Such a bench needs a folder of its own."""
        self.unity = unity
        """Whether kernels are compiled in fewer, larger pieces: for a quick run."""
        self.run_id = run_id
        """The same in all processes of one run: what one has built, the others need not look at."""

    def build(self, app: Union[str, Path], configuration: Configuration) -> Build:
        """Builds an application; the result's `image` is the ELF file. Raises BootFailure with the compiler's words."""
        __tracebackhide__ = True
        folder = find_app(app).resolve()
        board = configuration.board
        shared = is_plain(folder) and (folder == DEFAULT_APP or folder in shared_apps())
        request = Request(
            board.name, DEFAULT_APP if shared else folder, configuration.profile, configuration.fragments,
            self._settings(configuration), None, shared_apps() if shared else (), self.unity, shared and has_many_apps(configuration),
        )
        name = configuration.folder_name() + ("-unity" if self.unity else "")
        if not shared:
            name += f"-{folder.name}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"
        target = folder.name if shared and folder != DEFAULT_APP else "pegplan"
        build = _TargetBuild(request, self.folder / board.name / name, target)
        done = build.directory / f".{target}-{self.run_id}"
        if not done.exists():
            self._make(build, target, done)
        failure = done.read_text(encoding="utf-8")
        if failure:
            raise BootFailure(failure)
        return build

    def _settings(self, configuration: Configuration) -> tuple[str, ...]:
        counting = ("HOST_COVERAGE=y",) if self.coverage and configuration.board.is_process else ()
        return (*configuration.settings(), *counting)

    def _make(self, build: Build, target: str, done: Path) -> None:
        output = io.StringIO()
        try:
            with contextlib.redirect_stderr(output):
                build.make(target)
            failure = ""
        except PegplanError as error:
            failure = f"{target} for {build.request.board} was not built:\n{output.getvalue()}{error}"
        build.directory.mkdir(parents=True, exist_ok=True)
        for old in build.directory.glob(f".{target}-*"):
            old.unlink(missing_ok=True)
        partial = done.with_name(f"{done.name}.{os.getpid()}")
        partial.write_text(failure, encoding="utf-8")
        partial.replace(done)

    def boot(self, app: Union[str, Path], configuration: Configuration, icount: bool = True, limit_s: float = LIMIT_S,
             arguments: Sequence[str] = (), may_time_out: bool = False) -> Result:
        """Builds and boots. A boot that reaches the limit is a failure unless the test expects it."""
        __tracebackhide__ = True
        build = self.build(app, configuration.of_run(icount))
        symboliser = Symboliser(build.image, read_cache(build.directory).get("CMAKE_ADDR2LINE"))
        chain = console.Chain(console.Newlines(), console.FirmwareBanner(), console.TraceLines(symboliser.describe_frame))
        shown = bytearray()
        description = machine.Description.load(build.generated / "run.json")
        extra = (*(description.deterministic_arguments() if icount else ()), *arguments)
        outcome = machine.boot(description, build.image, limit_s,
                               lambda data: shown.extend(chain.feed(data)), extra)
        shown.extend(chain.finish())
        result = Result(str(app), configuration.board, outcome.code, outcome.end, shown.decode(errors="replace"),
                        outcome.seconds, outcome.messages, build.image, build.generated)
        if outcome.end is machine.End.INTERRUPTED:
            raise KeyboardInterrupt
        if outcome.end is machine.End.TIMED_OUT and not may_time_out:
            raise BootFailure(f"no end after {limit_s:g} s: {result.tail()}")
        return result


class _TargetBuild(Build):
    """A build of which one of several images is meant."""

    def __init__(self, request: Request, directory: Path, target: str) -> None:
        super().__init__(request, directory)
        self._target = target

    @property
    def image(self) -> Path:
        return self.directory / f"{self._target}.elf"


def missing_emulator(board: Board) -> Optional[str]:
    """The board's emulator, when this machine does not have it."""
    program = board.emulator
    return program if program and shutil.which(program) is None else None
