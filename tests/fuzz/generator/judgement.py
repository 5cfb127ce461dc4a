"""What must hold of the generator, whatever it is given.

It succeeds, and then its outputs are complete, well-formed, the same when it is run again and the same in another folder;
or it raises one PegplanError that says what is wrong and where, the same when it is run again, and all that an earlier
run has written stays as it was. Kconfig.board is excepted: the menu is read with it (generator/pipeline.py).
"""
from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Collection, Optional

from cases import ROOT, Arguments, Case, lay_out

sys.path.insert(0, str(ROOT))

import generator  # noqa: E402
from generator.emit.build_files import MANIFEST  # noqa: E402
from generator.emit.render import MARK  # noqa: E402
from generator.sources import CommandLine, Location  # noqa: E402

LIMIT_S = 20
"""Of processor time for one case, which takes a fraction of a second."""
_WALL_LIMIT_S = 20 * LIMIT_S
"""For a case that waits: much longer, since a busy machine is no finding."""

_BOARD_KCONFIG = "Kconfig.board"
_NAMES_PLACES = {"pegplan.cmake"}
"""The outputs that may hold paths of this machine."""
_MESSAGE_LINES = 60
_OUTPUT_SHOWN = 3000
_PLACELESS = re.compile(r"there is no (board|profile|folder|application folder) |--config |two boards |there is no file")
"""Mistakes that have no line: a name that nothing bears."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_VALUES = re.compile(r"`[^`]*`|'[^']*'|\S*[^a-z,:'\s]\S*|\b[a-z]\b", re.DOTALL)
_OUTCOME_LENGTH = 40
_COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.DOTALL)


class _TooSlow(BaseException):
    """The limit has passed."""


@dataclass(frozen=True)
class Verdict:
    """What a case led to."""

    feature: str
    """Names the outcome: the place of the generator that refused the case, or what was made."""
    message: str
    problem: str = ""
    """Not empty: a finding."""


@dataclass(frozen=True)
class _Attempt:
    message: str
    feature: str
    problem: str = ""
    error: Optional[BaseException] = None

    @property
    def succeeded(self) -> bool:
        return self.error is None and not self.problem


class Judge:
    """Runs cases in a folder of its own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pegplan-fuzz-"))
        self.build = self.folder / "build"
        self.other_build = self.folder / "elsewhere" / "build"
        self._compiler = shutil.which("g++")
        self._cmake = shutil.which("cmake")

    def __enter__(self) -> Judge:
        self._before = os.getcwd()
        os.chdir(self.folder)
        signal.signal(signal.SIGALRM, _on_alarm)
        signal.signal(signal.SIGPROF, _on_alarm)
        return self

    def __exit__(self, *_: object) -> None:
        os.chdir(self._before)
        shutil.rmtree(self.folder, ignore_errors=True)

    def judge(self, case: Case, known: Collection[str] = (), thoroughly: Optional[bool] = None) -> Verdict:
        """Runs a case. With `thoroughly` also: again, in another folder, and what was made is read by compiler and CMake.
        Where that is not said, it is done when the outcome is none of the `known` ones."""
        arguments = lay_out(case, self.folder)
        before = _contents(self.build)
        first = self._attempt(arguments, self.build)
        problem = first.problem
        if thoroughly is None:
            thoroughly = first.feature not in known
        if not problem and thoroughly:
            second = self._attempt(arguments, self.build)
            if second.message != first.message or second.problem:
                problem = f"a second run ends otherwise:\n{second.message}{second.problem}"
        if not problem:
            problem = self._wrong_outputs() if first.succeeded else self._wrong_error(first, before)
        if not problem and first.succeeded and thoroughly:
            problem = self._different_elsewhere(arguments) or self._not_compiled()
        return Verdict(first.feature, first.message, problem)

    def _attempt(self, arguments: Arguments, build: Path) -> _Attempt:
        signal.alarm(_WALL_LIMIT_S)
        signal.setitimer(signal.ITIMER_PROF, LIMIT_S)
        try:
            request = generator.make_request(
                arguments.board, build, board_roots=arguments.board_roots, profile=arguments.profile,
                configs=arguments.configs, settings=arguments.settings, app=arguments.app)
            with contextlib.redirect_stdout(None):  # a menu may print: $(info,…)
                result = generator.generate(request)
            model = result.model
            made = ",".join(sorted({device.driver.name for device in model.board.devices}))
            chosen = ",".join(sorted(binding.class_name.value for binding in model.configuration.bindings))
            app = "" if arguments.app is None else " for an application"
            return _Attempt("", f"made {model.board.arch} {made} {chosen}{app}")
        except generator.PegplanError as error:
            return _Attempt(str(error), _outcome_of(error), error=error)
        except _TooSlow:
            return _Attempt("", "too slow", f"no end after {LIMIT_S} s of processor time, or {_WALL_LIMIT_S} s")
        except BaseException as error:  # a finding, whatever it is
            if isinstance(error, KeyboardInterrupt):
                raise
            return _Attempt("", "exception", "an exception:\n" + "".join(traceback.format_exception(error)), error)
        finally:
            signal.alarm(0)
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _wrong_error(self, attempt: _Attempt, before: dict[str, bytes]) -> str:
        text, error = attempt.message, attempt.error
        assert isinstance(error, generator.PegplanError)
        head = text.split("\n")[0]
        if not error.problem.strip() or not head.strip():
            return "the message is empty"
        if "Traceback" in text or re.search(r"\bobject at 0x|<class ", text):
            return f"the message is none for people:\n{text}"
        if text.count("\n") > _MESSAGE_LINES:
            return f"the message has {text.count(chr(10))} lines:\n{text}"
        if match := _CONTROL.search(text):
            return f"the message holds the character U+{ord(match[0]):04X}, which a terminal may obey:\n{text!r}"
        if problem := self._wrong_place(error, text):
            return problem
        return _difference(before, _contents(self.build))

    def _wrong_place(self, error: generator.PegplanError, text: str) -> str:
        where = error.where
        if where is None:
            return "" if _PLACELESS.match(error.problem) else f"the message names no place:\n{text}"
        if isinstance(where, CommandLine):
            return ""
        if not isinstance(where, Location):
            return f"the place is a {type(where).__name__}"
        path = self.folder / where.file.shown
        if not path.is_file():
            return f"the place is in {where.file.shown}, which is no file:\n{text}"
        lines = path.read_bytes().decode("utf-8", "replace").split("\n")
        last = max(len(lines) - (not lines[-1]), 1)
        return "" if 1 <= where.line <= last else f"the place is line {where.line} of {last}:\n{text}"

    def _wrong_outputs(self) -> str:
        outputs = _contents(self.build)
        if hidden := [name for name in outputs if Path(name).name.startswith(".") and Path(name).name != ".config"]:
            return f"files were left over: {', '.join(hidden)}"
        try:
            listed = set(json.loads(outputs[f"generated/{MANIFEST}"])["outputs"])
        except (KeyError, ValueError) as error:
            return f"the manifest cannot be read: {error!r}"
        if absent := sorted(name for name in listed if not (self.build / "generated" / name).is_file()):
            return f"the manifest lists what is not there: {', '.join(absent)}"
        for name, data in outputs.items():
            if problem := _malformed(name, data):
                return f"{name}: {problem}"
        return ""

    def _different_elsewhere(self, arguments: Arguments) -> str:
        shutil.rmtree(self.other_build, ignore_errors=True)
        other = self._attempt(arguments, self.other_build)
        if not other.succeeded:
            return f"in another folder it ends otherwise:\n{other.message}{other.problem}"
        outputs, there = _contents(self.build), _contents(self.other_build)
        for name in sorted(set(there) | set(outputs)):
            if Path(name).name not in {*_NAMES_PLACES, _BOARD_KCONFIG} and there.get(name) != outputs.get(name):
                return f"{name} differs in another folder"
        return ""

    def _not_compiled(self) -> str:
        generated = self.build / "generated"
        if self._compiler:
            headers = sorted(path.relative_to(generated).as_posix() for path in (generated / "pegplan").glob("**/*.hpp"))
            text = "".join(f"#include <{name}>\n" for name in headers)
            folders = (ROOT, ROOT / "core/include", ROOT / "arch/host" / platform.machine(), generated)
            command = [self._compiler, "-std=c++20", "-ffreestanding", "-Wall", "-Werror", "-fsyntax-only",
                       *(f"-I{folder}" for folder in folders), "-x", "c++", "-"]
            done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                return f"the headers do not compile:\n{done.stderr[:_OUTPUT_SHOWN]}"
        if self._cmake:
            done = subprocess.run([self._cmake, "-P", str(generated / "pegplan.cmake")], capture_output=True, text=True,
                                  check=False)
            if done.returncode != 0 or done.stderr:
                return f"CMake does not read pegplan.cmake:\n{done.stderr[:_OUTPUT_SHOWN]}"
        return ""


def _on_alarm(*_: object) -> None:
    raise _TooSlow


def _outcome_of(error: generator.PegplanError) -> str:
    """What was refused, without values: the function that raised it, and the words of the message."""
    frame = error.__traceback__
    place = "?"
    while frame is not None:
        path = Path(frame.tb_frame.f_code.co_filename)
        if path.is_relative_to(ROOT / "generator"):
            place = f"{path.relative_to(ROOT / 'generator').as_posix()} {frame.tb_frame.f_code.co_name}"
        frame = frame.tb_next
    words = re.sub(r"…[ …,:']*", "… ", _VALUES.sub("…", error.problem))
    return f"{place}: {words[:_OUTCOME_LENGTH]}"


def _contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder but Kconfig.board."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.glob("**/*"))
            if path.is_file() and path.name != _BOARD_KCONFIG}


def _difference(before: dict[str, bytes], after: dict[str, bytes]) -> str:
    for name in sorted(set(before) | set(after)):
        if before.get(name) != after.get(name):
            what = "has appeared" if name not in before else "is gone" if name not in after else "has changed"
            return f"{name} {what}, although the input was refused"
    return ""


def _malformed(name: str, data: bytes) -> str:
    """What is wrong with an output by itself."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"no UTF-8: {error}"
    if match := _CONTROL.search(text):
        return f"holds the character U+{ord(match[0]):04X}"
    if name.endswith(".config"):
        return ""
    if MARK not in text[:2048]:
        return "has no banner"
    if name.endswith(".json"):
        try:
            json.loads(text)
        except ValueError as error:
            return f"no JSON: {error}"
    if name.endswith((".hpp", ".ld")):
        code = _COMMENT_OR_TEXT.sub("", text)
        if "*/" in code or "/*" in code:
            return "a comment ends in the wrong place"
        if any(code.count(a) != code.count(b) for a, b in ("{}", "()", "[]")):
            return "brackets do not match"
    return ""
