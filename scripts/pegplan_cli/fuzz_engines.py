"""How fuzz targets are run: those that are applications, by libFuzzer, and those that are programs of their own."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional, Sequence

from . import console, terminal
from .build import Build, Request, read_cache
from .errors import PegplanError
from .project import BUILD, LAUNCHER, ROOT
from .symbolise import Symboliser

BOARD = "host"
DEFAULT_SECONDS = 60.0

_INPUT_LIMIT_S = 10
"""How long one input may take before it counts as a hang."""
_GRACE_S = 180.0
"""How long the engine may take beyond its time: for its kept inputs, and for one that hangs."""
_SHORTEN_S = 10
"""For looking for a shorter input that ends in an error as well."""
_LINES_SHOWN = 60

_NOISE = re.compile(r"^(INFO|WARNING): .*\n", re.MULTILINE)
"""What the engine says of itself."""

_STATUS = re.compile(r"^#\d+\s.*\bcov: (\d+)", re.MULTILINE)
_EDGES = re.compile(r"\((\d+) inline 8-bit counters\)")
_RUNS = re.compile(r"^stat::number_of_executed_units: (\d+)", re.MULTILINE)
_RUNS_SO_FAR = re.compile(r"^#(\d+)\s", re.MULTILINE)


@dataclass(frozen=True)
class Target:
    """Something that can be fuzzed."""

    name: str
    folder: Path

    @property
    def is_image(self) -> bool:
        """Whether it is an application, as opposed to a program of its own."""
        return (self.folder / "main.cpp").exists()

    @property
    def corpus(self) -> Path:
        """The kept inputs."""
        return self.folder / "corpus"

    @property
    def description(self) -> str:
        """The first sentence of its source."""
        source = self.folder / ("main.cpp" if self.is_image else "fuzz.py")
        return source.read_text(encoding="utf-8").splitlines()[0].lstrip("/ ").strip('"')


@dataclass(frozen=True)
class Options:
    """What the user asks for."""

    seconds: float = DEFAULT_SECONDS
    jobs: int = 1
    seed: int = 0
    """0: another one each time."""
    corpus: Optional[Path] = None
    work: Optional[Path] = None
    asan: bool = False
    settings: tuple[str, ...] = ()
    input_limit_s: int = _INPUT_LIMIT_S
    verbose: bool = False


@dataclass
class Figures:
    """What came of a run."""

    executions: int = 0
    seconds: float = 0.0
    coverage: str = "-"
    findings: list[Path] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    """Of an engine that ended in another way than it should, and left no input."""


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.is_file()) if folder.is_dir() else []


def times_of(folder: Path) -> dict[Path, int]:
    """When each file was written: one that was there may be found again."""
    return {file: file.stat().st_mtime_ns for file in files_of(folder)}


class Engine:
    """How a target is run: what both kinds have in common."""

    def __init__(self, target: Target, options: Options) -> None:
        self.target = target
        self.options = options
        self.work = (options.work or BUILD / "fuzz" / target.name).resolve()
        self.corpus = (options.corpus or target.corpus).resolve()
        self.new = self.work / "corpus"
        self.findings = self.work / "findings"

    def prepare(self) -> None:
        """Makes ready to run."""
        for folder in (self.new, self.findings):
            folder.mkdir(parents=True, exist_ok=True)

    def reproduction(self, file: Path) -> str:
        """The command that runs one input."""
        words = [terminal.shown_path(LAUNCHER), "fuzz", self.target.name, "--reproduce", terminal.shown_path(file)]
        words += ["--asan"] if self.options.asan else []
        words += [word for setting in self.options.settings for word in ("--set", setting)]
        return shlex.join(words)

    def explain(self, file: Path) -> None:
        """Says what a finding is, and how it is reproduced."""
        code, text = self.run([file])
        lines = text.splitlines()
        cut = len(lines) - _LINES_SHOWN
        terminal.say(f"found {terminal.shown_path(file)} ({file.stat().st_size} bytes)")
        sys.stderr.write(self.shown(file))
        if cut > 0:
            sys.stderr.write(f"  … {cut} lines before\n")
        sys.stderr.write("".join(f"{line}\n" for line in lines[-_LINES_SHOWN:]))
        if code == 0:
            terminal.say("run alone, this input shows nothing: what was run before it matters")
        terminal.say(f"to reproduce: {self.reproduction(file)}")

    def search(self) -> Figures:
        raise NotImplementedError

    def shown(self, file: Path) -> str:
        """An input in words."""
        raise NotImplementedError

    def run(self, files: Sequence[Path]) -> tuple[int, str]:
        """Exit code and output of some inputs, up to the first error at least."""
        raise NotImplementedError

    def choose(self, folder: Path) -> None:
        """Writes a small set of all inputs into a folder."""
        raise NotImplementedError


class Image(Engine):
    """An application that libFuzzer drives."""

    def __init__(self, target: Target, options: Options) -> None:
        super().__init__(target, options)
        settings = ("HOST_FUZZER=y", *(["HOST_ASAN=y"] if options.asan else []), *options.settings)
        request = Request(BOARD, target.folder, settings=settings, unity=True)
        self._build = Build(request, self.work / ("image-asan" if options.asan else "image"), options.verbose)

    def prepare(self) -> None:
        super().prepare()
        self.corpus.mkdir(exist_ok=True)
        self._build.make()

    def _command(self, *words: object) -> list[str]:
        # No limit of memory: its watch is a pthread, which would take the engine's alarm.
        return [str(self._build.image), "-rss_limit_mb=0", f"-timeout={self.options.input_limit_s}", *map(str, words)]

    def _call(self, command: Sequence[str], limit_s: float) -> tuple[int, str]:
        try:
            done = subprocess.run(command, cwd=self.work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=limit_s, check=False)
        except subprocess.TimeoutExpired as expired:
            return -1, (expired.stdout or b"").decode(errors="replace") + f"\nno end after {limit_s:g} s\n"
        return done.returncode, done.stdout.decode(errors="replace")

    def search(self) -> Figures:
        before = times_of(self.findings)
        begin = time.monotonic()
        processes = []
        for job in range(self.options.jobs):
            seed = self.options.seed + job if self.options.seed else 0
            log = open(self.work / f"log-{job}.txt", "wb")
            command = self._command(f"-max_total_time={max(1, round(self.options.seconds))}", f"-seed={seed}",
                                    "-print_final_stats=1", f"-artifact_prefix={self.findings}/", self.new, self.corpus)
            with log:
                processes.append((subprocess.Popen(command, cwd=self.work, stdin=subprocess.DEVNULL, stdout=log,
                                                   stderr=subprocess.STDOUT), Path(log.name)))
        figures = Figures()
        try:
            for process, log_file in processes:
                limit = begin + self.options.seconds + self.options.input_limit_s + _GRACE_S
                self._conclude(process, log_file, limit, figures)
        finally:
            for process, _ in processes:
                process.kill()
                process.wait()
        figures.seconds = time.monotonic() - begin
        found = [file for file, time_ns in times_of(self.findings).items() if before.get(file) != time_ns]
        figures.findings = [self._shortened(file) for file in found]
        if found:
            figures.trouble.clear()
        return figures

    @staticmethod
    def _conclude(process: "subprocess.Popen[bytes]", log_file: Path, limit: float, figures: Figures) -> None:
        """Waits for one process of the engine and reads what it said."""
        try:
            code: Optional[int] = process.wait(max(0.0, limit - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = None
        text = log_file.read_text(encoding="utf-8", errors="replace")
        runs = _RUNS.findall(text) or _RUNS_SO_FAR.findall(text) or ["0"]
        figures.executions += int(runs[-1])
        if covered := _STATUS.findall(text):
            total = _EDGES.search(text)
            edges = max(int(covered[-1]), int(figures.coverage.split()[0]) if figures.coverage != "-" else 0)
            figures.coverage = f"{edges} of {total[1] if total else '?'} edges"
        if code != 0:
            end = "came to no end and was killed" if code is None else f"ended with {code}"
            tail = "\n".join(text.splitlines()[-_LINES_SHOWN:])
            figures.trouble.append(f"the engine {end}; {terminal.shown_path(log_file)} ends so:\n{tail}")

    def _shortened(self, file: Path) -> Path:
        """A shorter input with an error, if there is one; the found one stays. Of a hang, none is looked for."""
        if file.name.startswith("timeout"):
            return file
        short = file.with_name(f"{file.name}.short")
        self._call(self._command("-minimize_crash=1", f"-max_total_time={_SHORTEN_S}", f"-exact_artifact_path={short}", file),
                   _SHORTEN_S + _GRACE_S)
        return short if short.exists() and short.stat().st_size < file.stat().st_size else file

    def shown(self, file: Path) -> str:
        return self._call([str(self._build.image), "show", str(file.resolve())], _GRACE_S)[1]

    def run(self, files: Sequence[Path]) -> tuple[int, str]:
        # No artifact: the input is there already.
        code, text = self._call(self._command("-exact_artifact_path=/dev/null", *(file.resolve() for file in files)),
                                self.options.input_limit_s + _GRACE_S)
        symboliser = Symboliser(self._build.image, read_cache(self._build.directory).get("CMAKE_ADDR2LINE"))
        lines = console.TraceLines(symboliser.describe_frame)
        return code, (lines.feed(_NOISE.sub("", text).encode()) + lines.finish()).decode(errors="replace")

    def choose(self, folder: Path) -> None:
        # By edges alone: counts of turns would keep hundreds of inputs for as many lengths of scripts.
        code, text = self._call(self._command("-set_cover_merge=1", "-use_counters=0", folder, self.corpus, self.new),
                                3600.0)
        if code != 0:
            raise PegplanError(f"the inputs could not be merged, exit code {code}:\n{text}")


class Program(Engine):
    """A program of its own."""

    def _program(self, *words: object) -> list[str]:
        return [sys.executable, str(self.target.folder / "fuzz.py"), *map(str, words)]

    def search(self) -> Figures:
        before = times_of(self.findings)
        begin = time.monotonic()
        processes = []
        for job in range(self.options.jobs):
            seed = self.options.seed + job if self.options.seed else time.time_ns() + job
            report = self.work / f"report-{job}.json"
            report.unlink(missing_ok=True)
            processes.append((subprocess.Popen(
                self._program("search", "--seconds", self.options.seconds, "--seed", seed, "--kept", self.corpus, "--new",
                              self.new, "--findings", self.findings, "--report", report,
                              *(word for setting in self.options.settings for word in ("--set", setting))),
                cwd=ROOT, stdin=subprocess.DEVNULL), report))
        figures = Figures()
        features: set[str] = set()
        try:
            for process, report in processes:
                code = process.wait(max(0.0, begin + self.options.seconds + _GRACE_S - time.monotonic()))
                if code != 0:
                    figures.trouble.append(f"{self.target.folder / 'fuzz.py'} ended with {code}")
                    continue
                facts = json.loads(report.read_text(encoding="utf-8"))
                figures.executions += facts["executions"]
                features.update(facts["features"])
        except subprocess.TimeoutExpired:
            figures.trouble.append(f"{self.target.folder / 'fuzz.py'} came to no end and was killed")
        finally:
            for process, _ in processes:
                process.kill()
                process.wait()
        figures.seconds = time.monotonic() - begin
        figures.coverage = f"{len(features)} outcomes"
        figures.findings = [file for file, time_ns in times_of(self.findings).items() if before.get(file) != time_ns]
        return figures

    def shown(self, file: Path) -> str:
        return self._call(self._program("show", file.resolve()))[1]

    @staticmethod
    def _call(command: Sequence[str]) -> tuple[int, str]:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
        return done.returncode, done.stdout + done.stderr

    def run(self, files: Sequence[Path]) -> tuple[int, str]:
        settings = [word for setting in self.options.settings for word in ("--set", setting)]
        return self._call(self._program("run", *settings, *(file.resolve() for file in files)))

    def choose(self, folder: Path) -> None:
        done = subprocess.run(self._program("choose", "--out", folder, self.corpus, self.new), cwd=ROOT, check=False)
        if done.returncode != 0:
            raise PegplanError(f"the inputs could not be merged, exit code {done.returncode}")


def engine_of(target: Target, options: Options) -> Engine:
    """The engine for a target."""
    if target.is_image:
        return Image(target, options)
    if options.asan:
        raise PegplanError(f"{target.name} is no image, and has no sanitizer (--asan)")
    return Program(target, options)
