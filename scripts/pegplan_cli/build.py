"""Configures and builds an image, by calling CMake and nothing else."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Optional

from . import terminal
from .errors import PegplanError, Reported
from .project import BUILD, DEFAULT_APP, DEFAULT_PROFILE, ERROR_NAME, EXAMPLES, GENERATED_NAME, IMAGE_NAME, ROOT

_HASH_DIGITS = 8


@dataclass(frozen=True)
class Request:
    """What shall be built: all that decides about an image."""

    board: str
    app: Path = DEFAULT_APP
    profile: str = DEFAULT_PROFILE
    fragments: tuple[Path, ...] = ()
    settings: tuple[str, ...] = ()
    board_root: Optional[Path] = None
    more_apps: tuple[Path, ...] = ()
    """Folders of applications that are built on demand with the same configuration, as <folder>.elf."""
    unity: bool = False
    """Whether several sources of the kernel are compiled in one go."""
    precompile: bool = False
    """Whether headers that applications have in common are compiled in advance; pays from four applications on."""
    app_kconfig: Optional[Path] = None
    """The application's Kconfig file, where it is not Kconfig in its folder."""

    def cache_entries(self) -> dict[str, str]:
        """The variables by which CMake is told."""
        return {
            "BOARD": self.board,
            "BOARD_ROOT": str(self.board_root or ""),
            "PEGPLAN_APP": str(self.app),
            "PEGPLAN_APP_KCONFIG": str(self.app_kconfig or ""),
            "PEGPLAN_MORE_APPS": ";".join(str(folder) for folder in self.more_apps),
            "PEGPLAN_PROFILE": self.profile,
            "PEGPLAN_UNITY": "ON" if self.unity else "OFF",
            "PEGPLAN_PRECOMPILE": "ON" if self.precompile else "OFF",
            "PEGPLAN_CONFIG": ";".join(str(fragment) for fragment in self.fragments),
            "PEGPLAN_SET": ";".join(setting.replace(";", "\\;") for setting in self.settings),
            "PEGPLAN_PYTHON": sys.executable,
        }


def find_app(text: Optional[str]) -> Path:
    """The folder of the application that the user names: a path, a path in the tree, or the name of an example."""
    if text is None:
        return DEFAULT_APP
    for candidate in (Path(text), ROOT / text, EXAMPLES / text):
        if candidate.is_dir():
            return candidate.resolve()
    if Path(text).exists():
        raise PegplanError(f"{text} is not a folder; an application is a folder with a main.cpp in it")
    raise PegplanError(f"there is no application folder {text} (a path, or the name of an example)")


def default_build_dir(app: Path, board: str) -> Path:
    """Where the output goes when the user does not say.

    Examples have build/<board>/<name> in the tree. Any other application's folder carries a hash of its path, so that two
    applications of one name keep apart; it lies in the tree for applications of the tree or when the user stands in the
    tree, else in build/pegplan/ where the user stands.
    """
    if app.parent == EXAMPLES:
        return BUILD / board / app.name
    inside = app.is_relative_to(ROOT)
    identity = app.relative_to(ROOT).as_posix() if inside else app.as_posix()
    name = f"{app.name}-{hashlib.sha256(identity.encode()).hexdigest()[:_HASH_DIGITS]}"
    here = Path.cwd()
    base = BUILD if inside or here.is_relative_to(ROOT) else here / "build" / "pegplan"
    return base / board / name


def read_cache(build_dir: Path) -> dict[str, str]:
    """The variables of a configured build folder; empty when it is none."""
    try:
        text = (build_dir / "CMakeCache.txt").read_text(encoding="utf-8")
    except OSError:
        return {}
    entries = {}
    for line in text.splitlines():
        if line and line[0] not in "#/" and "=" in line:
            key, value = line.split("=", 1)
            entries[key.rsplit(":", 1)[0]] = value
    return entries


class Build:
    """A build folder and what is built in it."""

    def __init__(self, request: Request, directory: Path, verbose: bool = False) -> None:
        self.request = request
        self.directory = directory
        self.verbose = verbose

    @property
    def image(self) -> Path:
        """The ELF file."""
        return self.directory / IMAGE_NAME

    @property
    def generated(self) -> Path:
        """What the generator wrote."""
        return self.directory / GENERATED_NAME

    @property
    def _configured(self) -> Path:
        """Exists while the folder is configured as its cache says: CMake keeps the variables of a run that failed."""
        return self.directory / ".configured"

    def make(self, target: Optional[str] = None) -> None:
        """Configures if the request differs from what the folder was configured for, and builds what is out of date."""
        with self.locked():
            self._configure_if_needed()
            self._compile(target)

    def configure(self) -> None:
        """Configures if needed; builds nothing."""
        with self.locked():
            if not self._configure_if_needed():
                self._compile("build.ninja")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other commands out of the folder."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            lock = open(self.directory / ".lock", "w", encoding="utf-8")
        except OSError as error:
            raise PegplanError(f"cannot write to the build folder {self.directory}: {error.strerror}; "
                               "--build-dir names another") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _configure_if_needed(self) -> bool:
        cache = read_cache(self.directory)
        wanted = self.request.cache_entries()
        home = cache.get("CMAKE_HOME_DIRECTORY")
        if home is not None and Path(home).resolve() != ROOT:
            raise PegplanError(f"the build folder {self.directory} belongs to {home}; --build-dir names another")
        same = all(cache.get(key) == value for key, value in wanted.items())
        if same and not self.verbose and self._configured.exists():
            return False
        self._configured.unlink(missing_ok=True)
        if cache and cache.get("BOARD") != wanted["BOARD"]:
            # CMake cannot change the compiler of a folder that it has configured.
            (self.directory / "CMakeCache.txt").unlink()
            shutil.rmtree(self.directory / "CMakeFiles", ignore_errors=True)
            cache = {}
        command = ["cmake", "-S", str(ROOT), "-B", str(self.directory)]
        if not cache:
            command += ["-G", "Ninja"]
        command += [f"-D{key}={value}" for key, value in wanted.items()]
        environment = {**os.environ, "PEGPLAN_VERBOSE": "1"} if self.verbose else None
        self._forget_error()
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                                stdin=subprocess.DEVNULL, env=environment, check=False)
        if result.returncode != 0:
            self._fail(result.stdout + result.stderr)
        if self.verbose:
            sys.stderr.write(result.stdout)
        sys.stderr.write(result.stderr)
        self._configured.touch()
        return True

    def _compile(self, target: Optional[str] = None) -> None:
        command = ["cmake", "--build", str(self.directory)]
        if target is not None:
            command += ["--target", target]
        if self.verbose:
            command.append("--verbose")
        self._forget_error()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   errors="replace", stdin=subprocess.DEVNULL)
        assert process.stdout is not None
        steps = terminal.Steps(self.verbose)
        with process:
            try:
                steps.follow(process.stdout)
            except BaseException:
                process.terminate()
                raise
        if process.returncode != 0:
            self._fail("".join(steps.configure_output))

    def _forget_error(self) -> None:
        (self.directory / ERROR_NAME).unlink(missing_ok=True)

    def _fail(self, output: str) -> None:
        """Shows the generator's own message when it was that which failed, else what CMake said."""
        try:
            text = (self.directory / ERROR_NAME).read_text(encoding="utf-8")
        except OSError:
            text = output
        sys.stderr.write(text)
        sys.stderr.flush()
        raise Reported()
