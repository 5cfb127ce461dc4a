"""`pegplan setup` with a system that answers as the test wants: dpkg, apt and sudo are scripts put first on PATH."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.cli import CommandResult, pegplan
from harness.terminal import Terminal
from pegplan_cli import packages, provision
from pegplan_cli.project import LAUNCHER, ROOT

# What a file of another package can stand for is not in question here.
ALL = [need.packages[-1] for need in packages.ALL_NEEDS if not need.file]

DPKG_QUERY = """#!/bin/sh
echo dpkg-query >>"$WORLD/log"
shift 2
for package in "$@"; do
    grep -qx "$package" "$WORLD/installed" && printf '%s\\tinstalled\\n' "$package"
done
# As dpkg-query does when it does not know all of them.
exit 1
"""

APT_CACHE = """#!/bin/sh
echo apt-cache >>"$WORLD/log"
shift
for package in "$@"; do
    grep -qx "$package" "$WORLD/lists" 2>/dev/null && printf '%s:\\n  Installed: (none)\\n  Candidate: 1.0\\n' "$package"
done
exit 0
"""

APT_GET = """#!/bin/sh
echo "apt-get $DEBIAN_FRONTEND $*" >>"$WORLD/log"
while [ "${1#-}" != "$1" ]; do
    [ "$1" = -o ] && shift
    shift
done
verb=$1
shift
case $verb in
update)
    cp "$WORLD/archive" "$WORLD/lists"
    ;;
install)
    if [ -e "$WORLD/broken" ]; then
        echo "E: Unable to fetch some archives" >&2
        exit 100
    fi
    [ -e "$WORLD/useless" ] && exit 0
    for package in "$@"; do
        case $package in -*) ;; *) echo "$package" >>"$WORLD/installed" ;; esac
    done
    ;;
esac
"""

SUDO = """#!/bin/sh
echo sudo >>"$WORLD/log"
exec "$@"
"""


class World:
    """A Debian system in a folder."""

    def __init__(self, folder: Path, missing: tuple[str, ...], lists: bool = True) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name, text in (("dpkg-query", DPKG_QUERY), ("apt-cache", APT_CACHE), ("apt-get", APT_GET), ("sudo", SUDO)):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)
        # Debian 12's archive: it does not have the packages that later releases split off.
        self._write("archive", [need.packages[-1] for need in packages.ALL_NEEDS])
        self._write("installed", [package for package in ALL if package not in missing])
        self._write("lists", [need.packages[-1] for need in packages.ALL_NEEDS] if lists else [])
        self.env = {**os.environ, "WORLD": str(folder), "PATH": f"{self.bin}:/usr/bin:/bin"}
        self.env.pop("CI", None)

    def _write(self, name: str, lines: list[str]) -> None:
        (self.folder / name).write_text("".join(f"{line}\n" for line in lines))

    def mark(self, name: str) -> None:
        """Makes apt misbehave."""
        (self.folder / name).touch()

    def setup(self, *arguments: str) -> CommandResult:
        """`pegplan setup` in this system, without a terminal."""
        return pegplan("setup", *arguments, env=self.env)

    def log(self) -> list[str]:
        """The calls, apt's with their environment and arguments."""
        file = self.folder / "log"
        return file.read_text().splitlines() if file.exists() else []

    def apt(self, verb: str) -> list[str]:
        """The calls of `apt-get verb`."""
        return [line for line in self.log() if line.startswith("apt-get") and f" {verb}" in line]


def test_nothing_is_missing(tmp_path):
    world = World(tmp_path, missing=())
    assert world.setup().code == 0
    assert world.log() == ["dpkg-query"]


def test_only_what_is_missing_is_installed(tmp_path):
    world = World(tmp_path, missing=("cmake", "qemu-system-misc", "python3-hypothesis"))
    result = world.setup()
    assert result.code == 0, result
    assert not world.apt("update")
    (install,) = world.apt("install")
    assert install.startswith("apt-get noninteractive ")
    assert install.endswith(" install -y --no-install-recommends qemu-system-misc cmake python3-hypothesis")
    assert "cmake" in result.err and "build system" in result.err


def test_second_run_does_nothing(tmp_path):
    world = World(tmp_path, missing=("cmake",))
    assert world.setup().code == 0
    calls = len(world.log())
    assert world.setup().code == 0
    assert world.log()[calls:] == ["dpkg-query"]


def test_fresh_machine_fetches_lists_first(tmp_path):
    world = World(tmp_path, missing=tuple(ALL), lists=False)
    result = world.setup("--yes")
    assert result.code == 0, result
    assert len(world.apt("update")) == 1 and len(world.apt("install")) == 1
    assert set(ALL) <= set((tmp_path / "installed").read_text().split())


@pytest.mark.parametrize("there", [True, False])
def test_file_of_another_package_will_do(tmp_path, monkeypatch, there):
    file = tmp_path / "firmware"
    if there:
        file.touch()
    need = packages.Need("firmware", ("firmware-package",), file=str(file))
    world = World(tmp_path, missing=())
    for name in ("PATH", "WORLD"):
        monkeypatch.setenv(name, world.env[name])
    assert provision.missing_packages([need]) == ([] if there else [need])


def test_later_release_has_split_packages(tmp_path):
    world = World(tmp_path, missing=("qemu-system-misc",))
    (tmp_path / "lists").write_text("qemu-system-misc\nqemu-system-riscv\n")
    assert world.setup().code == 0
    assert world.apt("install")[0].endswith(" qemu-system-riscv")


def test_failed_apt_gives_its_message(tmp_path):
    world = World(tmp_path, missing=("cmake",))
    world.mark("broken")
    result = world.setup()
    assert result.code != 0
    assert "Unable to fetch some archives" in result.err and "exit status 100" in result.err


def test_apt_that_installs_nothing_is_noticed(tmp_path):
    world = World(tmp_path, missing=("cmake", "ninja-build"))
    world.mark("useless")
    result = world.setup()
    assert result.code != 0
    assert "still not installed: cmake, ninja-build" in result.err


def test_package_that_apt_does_not_know(tmp_path):
    world = World(tmp_path, missing=("doctest-dev",))
    for name in ("archive", "lists"):
        (tmp_path / name).write_text("cmake\n")
    result = world.setup()
    assert result.code != 0
    assert "doctest-dev" in result.err and "universe" in result.err
    assert not world.apt("install")


def test_asks_at_a_terminal(tmp_path):
    world = World(tmp_path, missing=("cmake",))
    with Terminal([LAUNCHER, "setup"], env=world.env) as terminal:
        terminal.wait_for("[Y/n]")
        terminal.type("n\n")
        assert terminal.end() == 1
    assert "cmake" in terminal.shown
    assert not world.apt("install")
    with Terminal([LAUNCHER, "setup"], env=world.env) as terminal:
        terminal.wait_for("[Y/n]")
        terminal.type("\n")
        assert terminal.end() == 0
    assert world.apt("install")


@pytest.mark.parametrize("arguments, variables", [(("--yes",), {}), ((), {"CI": "true"})], ids=["yes", "ci"])
def test_does_not_ask_when_told(tmp_path, arguments, variables):
    world = World(tmp_path, missing=("cmake",))
    with Terminal([LAUNCHER, "setup", *arguments], env={**world.env, **variables}) as terminal:
        assert terminal.end() == 0
    assert "[Y/n]" not in terminal.shown and world.apt("install")


def test_sudo_is_used_by_others_than_root(tmp_path, monkeypatch):
    world = World(tmp_path, missing=("cmake",))
    for name in ("PATH", "WORLD"):
        monkeypatch.setenv(name, world.env[name])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert provision.setup(yes=True) == 0
    assert "sudo" in world.log()


def test_without_sudo_the_command_is_told(tmp_path, monkeypatch):
    world = World(tmp_path, missing=("cmake",))
    (world.bin / "sudo").unlink()
    monkeypatch.setenv("PATH", str(world.bin) + ":/bin:/usr/bin")
    monkeypatch.setenv("WORLD", world.env["WORLD"])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    which = provision.shutil.which
    monkeypatch.setattr(provision.shutil, "which", lambda name: None if name == "sudo" else which(name))
    with pytest.raises(provision.PegplanError, match="As root, run:\n  apt-get install -y .*cmake"):
        provision.setup(yes=True)


def test_without_apt_everything_missing_is_told(monkeypatch, capsys):
    missing = {"cmake", "python3-jinja2", "python3-yaml"}
    monkeypatch.setattr(provision, "apt_is_here", lambda: False)
    monkeypatch.setattr(packages.Need, "present", lambda need: not missing.intersection(need.packages))
    assert provision.setup() == 1
    shown = capsys.readouterr().err
    for word in ("cmake", "Jinja2", "PyYAML", "pip install -r", "requirements.txt"):
        assert word in shown
    assert "ninja" not in shown and "rich" not in shown


def test_without_apt_and_nothing_missing(monkeypatch):
    monkeypatch.setattr(provision, "apt_is_here", lambda: False)
    monkeypatch.setattr(packages.Need, "present", lambda need: True)
    assert provision.setup() == 0


def test_requirements_are_the_modules_of_the_table():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    named = sorted(line.split(">=")[0] for line in lines if line and not line.startswith("#"))
    assert named == sorted(need.pip for need in packages.ALL_NEEDS if need.pip)


def test_probe_knows_the_modules_of_the_table():
    from pegplan_cli import probe

    assert sorted(probe.GENERATOR_MODULES) == sorted(need.module for need in packages.GENERATOR_MODULES)
    pip_modules = {need.module for need in packages.ALL_NEEDS if need.pip}
    assert pip_modules == set(probe.GENERATOR_MODULES) | set(probe.OTHER_MODULES)
