"""Kconfiglib's front ends on a build folder. Also run by CMake's targets of the same names, as a file:

    python3 scripts/pegplan_cli/kconfig.py FRONT_END BUILD_FOLDER

The generator knows what a front end must read and how what it saved is kept (generator/user_config.py).
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Optional, Sequence

if __package__ in (None, ""):  # run as a file
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    __package__ = "pegplan_cli"

from pegplan_cli import terminal
from pegplan_cli.build import Request, read_cache
from pegplan_cli.errors import PegplanError
from pegplan_cli.project import ROOT
from pegplan_cli.rebuild import report_rebuild
from pegplan_cli.user_edits import edits_are_kept, one_at_a_time

if TYPE_CHECKING:
    from types import ModuleType

    from generator.request import Request as GeneratorRequest
    from generator.user_config import UserConfig

DEFCONFIG_NAME = "defconfig"


def configured_request(directory: Path) -> Optional[Request]:
    """What a build folder was configured for; None when it is not configured."""
    cache = read_cache(directory)
    if not cache.get("BOARD"):
        return None

    def absolute(path: str) -> Path:
        return ROOT / path

    def entries(key: str) -> list[str]:
        return [entry.replace("\0", ";") for entry in cache.get(key, "").replace("\\;", "\0").split(";") if entry]

    return Request(
        board=cache["BOARD"],
        app=absolute(cache["PEGPLAN_APP"]),
        profile=cache["PEGPLAN_PROFILE"],
        # What is no file is the name of a profile.
        fragments=tuple(absolute(name) if absolute(name).is_file() else Path(name) for name in entries("PEGPLAN_CONFIG")),
        settings=tuple(entries("PEGPLAN_SET")),
        board_root=absolute(cache["BOARD_ROOT"]) if cache.get("BOARD_ROOT") else None,
        more_apps=tuple(absolute(name) for name in entries("PEGPLAN_MORE_APPS")),
        unity=cache.get("PEGPLAN_UNITY") == "ON",
        precompile=cache.get("PEGPLAN_PRECOMPILE") == "ON",
        app_kconfig=absolute(cache["PEGPLAN_APP_KCONFIG"]) if cache.get("PEGPLAN_APP_KCONFIG") else None,
    )


# What a user gives as an option of the command line; the rest of a request is the folder's own.
_GIVEN_BY = {"profile": "profile", "fragments": "config", "settings": "settings", "board_root": "board_root", "unity": "unity",
             "app_kconfig": "app_kconfig"}


def given_fields(options: argparse.Namespace) -> list[str]:
    """The fields of the request for which the user has given an option."""
    return [field for field, option in _GIVEN_BY.items() if getattr(options, option)]


def effective_request(wanted: Request, directory: Path, given: Sequence[str]) -> Request:
    """The wanted request; what the user has not given is as the folder was configured, if that was for the same board and
    application."""
    before = configured_request(directory)
    if before is None or (before.board, before.app) != (wanted.board, wanted.app):
        return wanted
    names = (*_GIVEN_BY, "more_apps", "precompile")
    kept = {name: getattr(before, name) for name in names if name not in given}
    return replace(wanted, **kept)


def run_front_end(name: str, request: Request, directory: Path, out: Optional[Path] = None) -> int:
    """Runs a front end, and keeps what it changed."""
    if str(ROOT) not in sys.path:
        sys.path.insert(1, str(ROOT))
    import generator

    _check_surroundings(name)
    asked = generator.make_request(
        request.board, directory, board_roots=[request.board_root] if request.board_root else [], profile=request.profile,
        configs=[str(fragment) for fragment in request.fragments], settings=request.settings, app=request.app,
        app_kconfig=request.app_kconfig,
    )
    directory.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(directory):
        return _run(generator, name, request, asked, directory, out)


def _run(generator: ModuleType, name: str, request: Request, asked: GeneratorRequest, directory: Path, out: Optional[Path]) -> int:
    try:
        environment = {**os.environ, **generator.prepare_front_end(asked)}
        command = [sys.executable, "-m", name]
        if name == "savedefconfig":
            out = directory / DEFCONFIG_NAME if out is None else out.resolve()
            command += ["--out", str(out)]
        interactive = name in ("menuconfig", "guiconfig")
        keep = (lambda: None) if name == "savedefconfig" else (lambda: _report(generator.save_user_config(asked)))
        with edits_are_kept(Path(environment["KCONFIG_CONFIG"]), keep, always=not interactive):
            done = subprocess.run(command, cwd=ROOT, env=environment, stdout=None if interactive else subprocess.PIPE,
                                  stderr=None if interactive else subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise PegplanError(f"{name} failed with exit status {done.returncode}\n{done.stdout or ''}".rstrip())
        if name == "savedefconfig":
            terminal.say(f"wrote {out}")
            return 0
        generator.generate(asked)  # shows now, not at the next build, what does not go together
        before = configured_request(directory)
        if interactive and (before is None or _configuration(before) == _configuration(request)):
            report_rebuild(directory)
    except generator.PegplanError as error:
        raise PegplanError(str(error)) from error
    return 0


def _configuration(request: Request) -> Request:
    """A request without what says only how its image is compiled."""
    return replace(request, unity=False, more_apps=(), precompile=False)


def _report(saved: UserConfig) -> None:
    """Says what is kept of the user's changes."""
    if not saved.lines:
        terminal.say("no changes to profile and fragments")
    else:
        terminal.say(f"changes to profile and fragments, kept in {terminal.shown_path(saved.path)}:")
        for line in saved.lines:
            print(f"  {line}", file=sys.stderr)
    for change in saved.overruled:
        terminal.say(f"{change.name}={change.wanted} has no effect as long as `{change.setting}` is given")


def _check_surroundings(name: str) -> None:
    """That the front end can show itself."""
    if name == "menuconfig" and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise PegplanError("menuconfig needs a terminal; without one, use --set and --config")
    if name == "guiconfig":
        if importlib.util.find_spec("tkinter") is None:
            raise PegplanError("guiconfig needs Python's tkinter (package python3-tk)")
        if sys.platform == "linux" and not os.environ.get("DISPLAY"):
            raise PegplanError("guiconfig needs a display (DISPLAY is not set); menuconfig works in a terminal")


def main(arguments: Sequence[str]) -> int:
    """Of the targets."""
    name, directory = arguments[0], Path(arguments[1])
    try:
        request = configured_request(directory)
        if request is None:
            raise PegplanError(f"{directory} is not configured")
        return run_front_end(name, request, directory)
    except PegplanError as error:
        terminal.say(str(error))
        return error.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
