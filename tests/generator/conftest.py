"""Fixtures for tests of the generator: builds in a temporary folder, a small tree of its own, golden files."""
from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import generator  # noqa: E402

GOLDEN = Path(__file__).parent / "golden"
BOARDS = ("qemu-aarch64-virt", "qemu-riscv64-virt", "qemu-x86_64-q35")

# The same examples in every run: a test that fails today has to fail tomorrow. PEGPLAN_HYPOTHESIS=long searches on.
settings.register_profile("pegplan", deadline=None, derandomize=True, max_examples=100, database=None)
settings.register_profile("long", deadline=None, max_examples=3000, database=None)
settings.load_profile(os.environ.get("PEGPLAN_HYPOTHESIS", "pegplan"))

_HASH = re.compile(r"\b[0-9a-f]{64}\b")
_STAMP = re.compile(r"(?<=_was_)[0-9a-f]{16}\b")
# The generator's own files stand in lists of inputs; a new one is no difference in what it makes.
_OWN_FILE = re.compile(
    r'^.*"(?:\$\{PEGPLAN_TREE\}/)?(?:generator|templates|config/schema/(?!devices))[^\n]*\n', re.MULTILINE
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew instead of comparing")


@pytest.fixture(scope="session")
def root() -> Path:
    """The source tree."""
    return ROOT


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., generator.Result]:
    """Generates into a folder of the test's own: `build("qemu-riscv64-virt", settings=["MAX_THREADS=8"])`."""

    def run(board_name: str = "qemu-riscv64-virt", build_dir: Path | None = None, **arguments: object):
        return generator.generate(generator.make_request(board_name, build_dir or tmp_path / "build", **arguments))

    return run


@pytest.fixture
def fragment(tmp_path: Path) -> Callable[..., Path]:
    """Writes a fragment: `fragment("CONFIG_A=y", "CONFIG_B=n", name="x.config")`."""

    def write(*lines: str, name: str = "test.config") -> Path:
        path = tmp_path / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    return write


@pytest.fixture
def mistake() -> Callable[..., str]:
    """The message of the PegplanError that a call raises, which must not be printed with a traceback."""

    def of(call: Callable[..., object], *arguments: object, **keywords: object) -> str:
        with pytest.raises(generator.PegplanError) as raised:
            call(*arguments, **keywords)
        return str(raised.value)

    return of


@pytest.fixture
def compare(request: pytest.FixtureRequest) -> Callable[[str, dict[str, str]], None]:
    """Compares texts with the files of golden/<name>, or writes them with --update-golden.

    Hashes and the place of the tree are taken out: goldens show the form of the outputs, other tests their hashes.
    """
    update = request.config.getoption("--update-golden", default=False)

    def check(name: str, texts: dict[str, str]) -> None:
        folder = GOLDEN / name
        texts = {path: _portable(text) for path, text in texts.items()}
        if update:
            shutil.rmtree(folder, ignore_errors=True)
            for path, text in texts.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
        expected = texts_of(folder)
        assert sorted(texts) == sorted(expected), "other files; --update-golden if that is meant"
        for path, text in texts.items():
            assert text == expected[path], f"{path} differs from {folder / path}; --update-golden if that is meant"

    return check


def _portable(text: str) -> str:
    text = re.sub(r'^set\(PEGPLAN_TREE ".*"\)$', 'set(PEGPLAN_TREE "<tree>")', text, flags=re.MULTILINE)
    return _STAMP.sub("<stamp>", _HASH.sub("<sha256>", _OWN_FILE.sub("", text)))


SMALL_KCONFIG = """\
config FEATURE
	bool "Feature"

config OFF
	bool "Off"

config LEVEL
	int "Level"
	depends on FEATURE && !OFF
	range 1 10
	default 5

config NEEDED
	bool "Needed"

config USER
	bool "User of it"
	select NEEDED

config ADDRESS
	hex "Address"
	range 0x100 0xffff0000
	default 0x8000

config LABEL
	string "Label"
	default "a \\"b\\" \\\\ c"

config WAIT_MS
	int "Wait"
	default 20000

config LEAP_NS
	int "Leap"
	default 250

config BIG
	int "Big"
	default 5000000000

config BOTTOM
	int "Bottom"
	default -12345

choice MODE
	prompt "Mode"
	depends on !OFF
	default MODE_A

config MODE_A
	bool "A"

config MODE_B
	bool "B"

config MODE_C
	bool "C"
	depends on FEATURE

endchoice

config DEMO_BACKEND_CLASS
	string
	default "Quick" if MODE_A
	default "Slow"

config DEMO_BACKEND_HEADER
	string
	default "core/demo/quick.hpp" if MODE_A
	default "core/demo/slow.hpp"
"""


class SmallTree:
    """A tree with options of every kind, for what the real options do not (yet) have."""

    def __init__(self, path: Path):
        self.path = path
        self.kconfig = path / "core/demo/Kconfig"
        self.board = path / "boards/small/board.yaml"
        shutil.copytree(ROOT / "config/schema", path / "config/schema")
        self._write("config/schema/constraints.yaml", "[]\n")
        self._write("config/profiles/default.config", "# Nothing.\n")
        self._write("config/profiles/loud.config", "CONFIG_FEATURE=y\n")
        self._write("Kconfig", 'mainmenu "Small"\nosource "$(PEGPLAN_BOARD_KCONFIG)"\nrsource "core/demo/Kconfig"\n'
                               'osource "$(PEGPLAN_APP_KCONFIG)"\n')
        self._write("core/demo/Kconfig", SMALL_KCONFIG)
        self._write("boards/small/board.yaml", (ROOT / "boards/qemu-riscv64-virt/board.yaml").read_text())
        for arch in ("riscv64", "x86_64"):
            self._write(f"arch/{arch}/port.hpp", "")

    def _write(self, name: str, text: str) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text)

    def add_options(self, text: str) -> int:
        """Appends to the Kconfig file; the number of the first line of `text`."""
        before = self.kconfig.read_text()
        self.kconfig.write_text(before + text)
        return before.count("\n") + 1

    def generate(self, build_dir: Path | None = None, **arguments: object):
        """Generates for the board `small`."""
        build_dir = build_dir or self.path.parent / "small-build"
        return generator.generate(generator.make_request("small", build_dir, tree=self.path, **arguments))

    def value(self, name: str, **arguments: object) -> object:
        """The value of an option."""
        return self.generate(**arguments).model.configuration.option(name).value


@pytest.fixture
def small_tree(tmp_path: Path) -> SmallTree:
    """A fresh SmallTree."""
    return SmallTree(tmp_path / "tree")


def texts_of(folder: Path) -> dict[str, str]:
    """The files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def read_files() -> Callable[[Path], dict[str, str]]:
    """`texts_of` as a fixture."""
    return texts_of
