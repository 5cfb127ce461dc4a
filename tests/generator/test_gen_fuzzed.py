"""What the fuzzer of the generator (tests/fuzz/generator) has found, or led to."""
from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

KCONFIG = """\
config LABEL_OF_APP
	string "Label"

config NUMBER_OF_APP
	int "Number"
	default 3
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The folder of an application with a menu."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "Kconfig").write_text(KCONFIG)
    return folder


WRONG_MENUS = {
    "a menu without end": ('menu "M"\n' + KCONFIG, 7, "expected 'endmenu' at end of"),
    "a type behind a comment": ('config X\ncomment "c"\n\tbool "X"\n', 3, "Kconfiglib cannot make sense of this line"),
    "visible if at a comment": ('comment "c"\n\tvisible if X\n', 2, "Kconfiglib cannot make sense of this line"),
    "a file that reads itself": (KCONFIG + 'rsource "Kconfig"\n', 7, "recursive 'source'"),
    "no text": (b'config X\n\tbool "\xff"\n', 2, "byte 0xff is not valid UTF-8"),
    "a number beyond 64 bits": ("config X\n\tint\n\tdefault 18446744073709551616\n", 1, "does not fit in 64 bits"),
    "a duration beyond 64 bits": ("config X_MS\n\tint\n\tdefault 9223372036854775808\n", 1, "does not fit in 64 bits"),
    "an address beyond 64 bits": ("config X\n\thex\n\tdefault 0x10000000000000000\n", 1, "does not fit in 64 bits"),
}


@pytest.mark.parametrize("name", WRONG_MENUS)
def test_a_wrong_menu_has_a_place(name: str, app: Path, build, mistake) -> None:
    text, line, expected = WRONG_MENUS[name]
    (app / "Kconfig").write_bytes(text if isinstance(text, bytes) else text.encode())
    message = mistake(build, app=app)
    assert message.startswith(f"{app}/Kconfig:{line}: ")
    assert expected in message


@pytest.mark.parametrize("value", ["a\nb", "\x1b[31m", "\udcff", "\u2028", "\x7f"])
def test_a_text_that_is_no_line(value: str, app: Path, build, mistake) -> None:
    message = mistake(build, app=app, settings=[f"LABEL_OF_APP={value}"])
    shown = value.encode("unicode_escape").decode()
    assert message == (f"--set LABEL_OF_APP={shown}: `{shown}`, the value of LABEL_OF_APP, "
                       "holds a character that cannot be shown\n"
                       "  expected: one line of text\n"
                       "  remedy:   remove it")


def test_a_null_in_a_fragment(app: Path, build, fragment, mistake) -> None:
    path = fragment("", 'CONFIG_LABEL_OF_APP="a\0b"')
    assert mistake(build, app=app, configs=[str(path)]).startswith(f"{path}:2: `a\\x00b`, the value of LABEL_OF_APP")


def test_messages_are_lines_of_printable_text(build, mistake) -> None:
    assert mistake(build, settings=['FP_EAGER="\n\x1b"']).split("\n")[0] == (
        '--set FP_EAGER="\\n\\x1b": `"\\n\\x1b"` is no value for FP_EAGER, which is of type bool')
    assert mistake(build, "no\nsuch").startswith("there is no board `no\\nsuch`")


@pytest.mark.parametrize("written", ["|\n  two\n  lines", '"a\\nb"', '"\\x7f"', '"\\u2028"'])
def test_a_description_that_is_no_line(written: str, root: Path, tmp_path: Path, build, mistake) -> None:
    """It would end the comments in which it stands."""
    board = tmp_path / "boards" / "own" / "board.yaml"
    board.parent.mkdir(parents=True)
    lines = (root / "boards/qemu-riscv64-virt/board.yaml").read_text().split("\n")
    lines[1] = f"description: {written}"
    board.write_text("\n".join(lines))
    message = mistake(build, "own", board_roots=[tmp_path / "boards"])
    assert message.startswith(f"{board}:2: ") and "is not one line of text that can be shown" in message


VALUES = {
    "LABEL_OF_APP=ends in a backslash \\": 'R"(ends in a backslash \\)"',
    "LABEL_OF_APP=what??/": 'R"(what??/)"',
    "NUMBER_OF_APP=-9223372036854775808": "INT64_MIN",
    "NUMBER_OF_APP=9223372036854775808": "std::uint64_t{1} << 63",
    "NUMBER_OF_APP=18446744073709551615": "UINT64_MAX",
}


@pytest.mark.parametrize("setting", VALUES)
def test_values_that_compilers_may_see_otherwise(setting: str, app: Path, build) -> None:
    if not shutil.which("g++"):
        pytest.skip("g++ is not installed")
    (app / "Kconfig").write_text(KCONFIG + "\nconfig LAST_OF_APP\n\tint\n\tdefault 7\n")
    build(app=app, settings=[setting])
    header = app.parent / "build/generated/pegplan/config/app.hpp"
    name = setting.partition("=")[0].lower()
    source = (f'#include <cstdint>\n#include "{header}"\n'
              f"static_assert(pegplan::config::{name} == {VALUES[setting]} && pegplan::config::last_of_app == 7);\n")
    command = ["g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c++", "-"]
    result = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
