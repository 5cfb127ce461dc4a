"""`pegplan setup`: finds out what is missing on this machine and installs it. Standard library only.

On Debian and its descendants apt does it. Elsewhere nothing is changed: the user is told what is missing.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterable, Optional, Sequence

from . import terminal
from .errors import PegplanError
from .packages import ALL_NEEDS, Need

SCRIPTS = Path(__file__).resolve().parent.parent
# Another apt may be at work, as on a machine that has just started.
LOCK_PATIENCE_S = 300
APT_LINES_SHOWN = 15


def apt_is_here() -> bool:
    """Whether this is a system of Debian's family."""
    return shutil.which("apt-get") is not None and shutil.which("dpkg-query") is not None


def setup(yes: bool = False) -> int:
    """Installs what is missing, or tells; 0 when everything is there afterwards."""
    if not apt_is_here():
        return _tell()
    missing = missing_packages(ALL_NEEDS)
    if not missing:
        _verify(missing)
        terminal.say("everything is installed")
        return 0
    packages = _choose(missing)
    terminal.say(f"{len(packages)} packages are missing and will be installed by apt:")
    for need, package in zip(missing, packages):
        print(f"  {package:<24} {need.what}", file=sys.stderr)
    if terminal.may_ask(yes) and not terminal.ask("Go on?"):
        raise PegplanError("nothing was installed", code=1)
    _apt("install", "-y", "--no-install-recommends", *packages)
    _verify(missing_packages(ALL_NEEDS))
    terminal.say("everything is installed now")
    return 0


def missing_packages(needs: Sequence[Need]) -> list[Need]:
    """Those of which dpkg knows no installed package. One call of dpkg-query for all."""
    names = [package for need in needs for package in need.packages]
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f=${Package}\t${db:Status-Status}\n", *names],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False,
    )  # its exit status only tells that it does not know some of the names
    installed = {line.split("\t")[0] for line in answer.stdout.splitlines() if line.endswith("\tinstalled")}
    return [need for need in needs if not installed.intersection(need.packages) and not (need.file and need.present())]


def _known_to_apt(names: Iterable[str]) -> set[str]:
    """Those of the packages that apt could install now."""
    answer = subprocess.run(
        ["apt-cache", "policy", *names], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    known, package = set(), ""
    for line in answer.stdout.splitlines():
        if not line.startswith(" "):
            package = line.rstrip(":")
        elif line.strip().startswith("Candidate:") and "(none)" not in line:
            known.add(package)
    return known


def _choose(missing: Sequence[Need]) -> list[str]:
    """The package to install for each need; fetches apt's lists when they lack one."""
    names = [package for need in missing for package in need.packages]
    for attempt in ("lists as they are", "fresh lists"):
        known = _known_to_apt(names)
        unknown = [need for need in missing if not known.intersection(need.packages)]
        if not unknown:
            return [next(package for package in need.packages if package in known) for need in missing]
        if attempt == "lists as they are":
            terminal.say("fetching apt's lists of packages")
            _apt("update")
    absent = ", ".join(need.packages[-1] for need in unknown)
    raise PegplanError(
        f"apt knows no package of the name {absent}. On Ubuntu, the component `universe` must be enabled "
        "(add-apt-repository universe)."
    )


def _apt(*arguments: str) -> None:
    """Runs apt-get as root, without questions, and fails with its words."""
    command = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", f"DPkg::Lock::Timeout={LOCK_PATIENCE_S}",
               *arguments]
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            raise PegplanError(
                "installing needs root, and there is no sudo here. As root, run:\n  apt-get " + shlex.join(arguments)
            )
        command = ["sudo", *command]
    # A password may be asked for at the terminal; apt itself must not wait for anybody.
    standard_input = None if command[0] == "sudo" and terminal.may_ask() else subprocess.DEVNULL
    process = subprocess.Popen(
        command, stdin=standard_input, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        sys.stderr.write(f"  {line}")
        sys.stderr.flush()
    status = process.wait()
    if status != 0:
        raise PegplanError(
            f"`{shlex.join(command)}` failed with exit status {status}:\n" + "".join(lines[-APT_LINES_SHOWN:]).rstrip()
        )


def _verify(missing: Sequence[Need]) -> None:
    """That what apt installed is really there and usable from here."""
    if missing:
        names = ", ".join(need.packages[-1] for need in missing)
        raise PegplanError(f"apt reported success, but these packages are still not installed: {names}")
    for need in ALL_NEEDS:
        if need.program is not None and not need.present():
            raise PegplanError(
                f"{need.packages[-1]} is installed, but there is no program {need.program} on PATH ({os.environ['PATH']})"
            )
    if usable_python() is None:
        raise PegplanError(
            "the Python modules are installed, but no Python here sees them; name the one that does in PEGPLAN_PYTHON"
        )


def usable_python() -> Optional[str]:
    """The interpreter that scripts/find-python finds."""
    answer = subprocess.run([str(SCRIPTS / "find-python")], stdout=subprocess.PIPE, text=True, check=False)
    return answer.stdout.strip() or None


def _tell() -> int:
    """Without apt: says what is missing."""
    missing = [need for need in ALL_NEEDS if not need.present()]
    if not missing:
        terminal.say("everything is installed")
        return 0
    terminal.say("this system has no apt, so nothing was installed. Missing:")
    for need in (need for need in missing if need.pip is None):
        sign = (f"program {need.program}" if need.program else f"module {need.module}" if need.module
                else need.header or need.file)
        print(f"  {need.packages[-1]:<24} {need.what} ({sign}; the name is Debian's)", file=sys.stderr)
    modules = [need for need in missing if need.pip is not None]
    for need in modules:
        print(f"  {need.pip:<24} {need.what} (Python module {need.module})", file=sys.stderr)
    if modules:
        print(f"The Python modules: {sys.executable} -m pip install -r {SCRIPTS.parent / 'requirements.txt'}",
              file=sys.stderr)
    return 1


def provide(needs: Sequence[Need], purpose: str) -> bool:
    """Set-up if needed: True when something was installed, so that the interpreter must be looked for again."""
    missing = [need for need in needs if not need.present()]
    if not missing:
        return False
    terminal.say(f"{purpose} needs what is not installed: " + ", ".join(need.packages[-1] for need in missing))
    if setup() != 0:
        raise PegplanError(f"{purpose} is not possible before these are installed")
    return True
