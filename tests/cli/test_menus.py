"""The menus, driven as a user would: menuconfig in a terminal, guiconfig on a virtual screen. What they say will be rebuilt is what
is; and no saved change is ever lost."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Mapping

import pytest

from harness.cli import call, pegplan
from harness.terminal import Terminal
from pegplan_cli.project import LAUNCHER

LIMIT_S = 60.0


def start_editing(terminal: Terminal, symbol: str, value: str) -> None:
    """Finds an option of numbers in menuconfig by a search, and gives it a value."""
    terminal.wait_for("Scheduler")
    terminal.type("/")
    terminal.wait_for("Jump to symbol")
    terminal.type(f"^{symbol}$\n")
    terminal.wait_for(f"{symbol}(")
    terminal.type("\n")
    terminal.wait_for("(int)")
    terminal.type("\x7f" * 8 + value + "\n")


def save(terminal: Terminal) -> None:
    """Saves in menuconfig, under the name that is offered."""
    terminal.type("s")
    terminal.wait_for("Filename to save configuration to")
    terminal.type("\n")
    terminal.wait_for("Configuration saved to")
    terminal.type("\n")                        # closes the message


def test_menuconfig_tells_what_will_be_rebuilt(tmp_path, behaving_app):
    """Open, change, save, rebuild, on the board that is compiled fastest."""
    place = ("--board", "host", "--build-dir", tmp_path / "build")
    assert pegplan("build", behaving_app, *place, "--unity").code == 0
    with Terminal([LAUNCHER, "menuconfig", *place, "--app", behaving_app]) as terminal:
        start_editing(terminal, "EXIT_CODE", "7")
        save(terminal)
        terminal.type("q")
        assert terminal.end() == 0
    told = re.search(r"the next build compiles (\d+) of (\d+) objects: ([^\r\n]*)", terminal.shown)
    assert told, terminal.shown
    built = call(["cmake", "--build", tmp_path / "build", "--verbose"])
    compiled = sorted(Path(match[1]).name for match in re.finditer(r" -c (\S+)$", built.out, re.MULTILINE))
    named = sorted(Path(name).name for name in told[3].split(", "))
    assert compiled == named == ["image_manifest.S", "main.cpp"], (told, built)
    assert int(told[1]) == 2 < int(told[2])
    assert call([tmp_path / "build" / "pegplan.elf"]).code == 7

    # Saved, and then the terminal is closed: the change is there all the same.
    with Terminal([LAUNCHER, "menuconfig", *place, "--app", behaving_app]) as terminal:
        start_editing(terminal, "EXIT_CODE", "9")
        save(terminal)
        with Terminal([LAUNCHER, "menuconfig", *place, "--app", behaving_app]) as second:
            assert second.end() == 125 and "another menu is open" in second.shown
        os.kill(terminal.child, signal.SIGHUP)
        assert terminal.end() != 0
    assert "CONFIG_EXIT_CODE=9\n" in (tmp_path / "build" / "user.config").read_text()


def test_a_configuration_that_does_not_go_together_is_kept(tmp_path):
    """It is said what is wrong, and the next menu begins where this one ended."""
    place = ("--board", "host", "--build-dir", tmp_path)
    (tmp_path / "user.config").write_text("CONFIG_MAIN_PRIORITY=20\n")
    with Terminal([LAUNCHER, "menuconfig", *place]) as terminal:
        start_editing(terminal, "NUM_PRIORITIES", "8")
        terminal.type("q")
        terminal.wait_for("Save configuration?")
        terminal.type("y")
        assert terminal.end() == 125
    assert "MAIN_PRIORITY" in terminal.shown.split("Save configuration?")[-1], terminal.shown
    assert {"CONFIG_NUM_PRIORITIES=8", "CONFIG_MAIN_PRIORITY=20"} <= set((tmp_path / "user.config").read_text().splitlines())
    with Terminal([LAUNCHER, "menuconfig", *place]) as terminal:
        start_editing(terminal, "MAIN_PRIORITY", "3")
        terminal.type("q")
        terminal.wait_for("Save configuration?")
        terminal.type("y")
        assert terminal.end() == 0
    assert {"CONFIG_NUM_PRIORITIES=8", "CONFIG_MAIN_PRIORITY=3"} <= set((tmp_path / "user.config").read_text().splitlines())
    # Not saved is not changed.
    with Terminal([LAUNCHER, "menuconfig", *place]) as terminal:
        start_editing(terminal, "MAIN_PRIORITY", "4")
        terminal.type("q")
        terminal.wait_for("Save configuration?")
        terminal.type("n")
        assert terminal.end() == 0
    assert "CONFIG_MAIN_PRIORITY=3" in (tmp_path / "user.config").read_text().splitlines()


@contextmanager
def virtual_screen(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """An X server of the test's own; the environment in which programs use it."""
    reader, writer = os.pipe()
    with open(tmp_path / "xvfb.log", "w") as log:
        command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1024x768x24", "-nolisten", "tcp"]
        server = subprocess.Popen(command, pass_fds=[writer], stdout=log, stderr=log)
    os.close(writer)
    try:
        with os.fdopen(reader) as pipe:
            display = pipe.readline().strip()
        assert display, (tmp_path / "xvfb.log").read_text()
        yield {**os.environ, "DISPLAY": f":{display}"}
    finally:
        server.kill()
        server.wait()


class Screen:
    """Keys and mouse for windows."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def _xdotool(self, *words: str) -> str:
        done = subprocess.run(["xdotool", *words], env=self._env, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        return done.stdout

    def windows(self, title: str) -> list[str]:
        """The visible windows of a title."""
        return self._xdotool("search", "--onlyvisible", "--name", title).split()

    def wait_for(self, title: str, gone: bool = False) -> None:
        """Waits for a window and puts the pointer into it, so that it gets the keys; or waits until there is none."""
        deadline = time.monotonic() + LIMIT_S
        while bool(self.windows(title)) == gone:
            assert time.monotonic() < deadline, f"{title} {'stays' if gone else 'does not come'}"
            time.sleep(0.05)
        if not gone:
            self._xdotool("mousemove", "--window", self.windows(title)[-1], "60", "12")

    def type(self, *keys: str) -> None:
        """Presses keys by their names."""
        self._xdotool("key", "--delay", "30", *keys)

    def write(self, text: str) -> None:
        """Types text."""
        self._xdotool("type", "--delay", "30", text)


def test_guiconfig_on_a_virtual_screen(tmp_path):
    build = tmp_path / "build"
    with virtual_screen(tmp_path) as env:
        screen = Screen(env)
        gui = subprocess.Popen([LAUNCHER, "guiconfig", "--board", "host", "--build-dir", build], env=dict(env),
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            screen.wait_for("Pegplan configuration")
            screen.type("slash")
            screen.wait_for("Jump to symbol")
            screen.write("^MAX_THREADS$")
            screen.type("Return", "Tab", "Tab", "Return")   # searches; then from the entry over the button to what was found
            screen.wait_for("Jump to symbol", gone=True)
            screen.wait_for("Pegplan configuration")
            screen.type("Return")
            screen.wait_for("Enter int value")
            screen.write("33")                  # in place of the old value, which is selected
            screen.type("Return")
            screen.wait_for("Enter int value", gone=True)
            screen.wait_for("Pegplan configuration")
            screen.type("ctrl+s", "Escape")
            out, _ = gui.communicate(timeout=LIMIT_S)
        finally:
            if gui.poll() is None:
                gui.kill()
                gui.wait()
    assert gui.returncode == 0 and "CONFIG_MAX_THREADS=33" in out, out
    assert "CONFIG_MAX_THREADS=33" in (build / "user.config").read_text()
    assert "max_threads = 33;" in (build / "generated" / "pegplan" / "config" / "thread.hpp").read_text()


def test_guiconfig_without_a_display(tmp_path):
    env = {"DISPLAY": ""}
    result = pegplan("guiconfig", "--board", "host", "--build-dir", tmp_path, env=env)
    assert result.code == 125 and "needs a display" in result.err
