"""scripts/pegplan finds an interpreter that works, wherever it is called from."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from harness.cli import call, pegplan
from pegplan_cli.project import FIND_PYTHON, LAUNCHER, ROOT


@pytest.fixture
def bare_python(tmp_path: Path) -> Path:
    """A folder with a python3 that sees the standard library only, as a version manager's would."""
    folder = tmp_path / "shims"
    folder.mkdir()
    shim = folder / "python3"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    shim.chmod(0o755)
    return folder


def environment(*first: Path, **others: str) -> dict[str, str]:
    """The usual environment with folders put first on PATH, and without an active Python environment."""
    env = {name: value for name, value in os.environ.items() if name not in ("PEGPLAN_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX")}
    env["PATH"] = os.pathsep.join([*map(str, first), "/usr/bin", "/bin"])
    return {**env, **others}


def test_bare_python_has_no_modules(bare_python):
    """The other tests would say nothing otherwise."""
    assert call([bare_python / "python3", "-c", "import kconfiglib"]).code != 0


def test_python_without_modules_is_passed_over(bare_python):
    result = call([FIND_PYTHON], env=environment(bare_python))
    assert result.code == 0
    assert call([result.out.strip(), "-c", "import kconfiglib, jinja2, yaml, jsonschema"]).code == 0


@pytest.mark.parametrize("variable", ["VIRTUAL_ENV", "PEGPLAN_PYTHON"])
def test_preferred_python_without_modules_is_passed_over(bare_python, variable):
    value = bare_python / "python3" if variable == "PEGPLAN_PYTHON" else bare_python
    result = pegplan("boards", env=environment(bare_python, **{variable: str(value)}))
    assert result.code == 0 and "qemu-" in result.out


def test_bare_python_is_better_than_none(tmp_path):
    """When nothing is installed, `setup` still starts. Here: an interpreter named explicitly, no other."""
    script = FIND_PYTHON.read_text(encoding="utf-8").replace("/usr/bin/python3", str(tmp_path / "absent"))
    copy = tmp_path / "scripts" / "find-python"
    (copy.parent / "pegplan_cli").mkdir(parents=True)
    (copy.parent / "pegplan_cli" / "probe.py").write_bytes((FIND_PYTHON.parent / "pegplan_cli" / "probe.py").read_bytes())
    copy.write_text(script)
    shim = tmp_path / "python3"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    shim.chmod(0o755)
    env = {"PATH": "/nonexistent", "PEGPLAN_PYTHON": str(shim)}
    assert call(["/bin/sh", copy], env=env).code == 1
    assert call(["/bin/sh", copy, "--any"], env=env).out.strip() == str(shim)


def test_called_through_a_symlink_from_elsewhere(tmp_path):
    first, second = tmp_path / "first", tmp_path / "folder with blanks"
    second.mkdir()
    first.symlink_to(LAUNCHER)
    (second / "pegplan").symlink_to("../first")
    result = call([second / "pegplan", "boards"], cwd=tmp_path)
    assert result.code == 0 and "qemu-" in result.out


def test_help_of_each_verb():
    verbs = ("setup", "build", "run", "menuconfig", "guiconfig", "savedefconfig", "olddefconfig", "boards", "test")
    overview = pegplan("--help")
    assert overview.code == 0
    for verb in verbs:
        assert verb in overview.out
        result = pegplan(verb, "--help")
        assert result.code == 0 and f"pegplan {verb}" in result.out


def test_unknown_option_is_refused():
    result = pegplan("run", "--bord", "x")
    assert result.code == 2 and "--bord" in result.err and result.out == ""


def test_machine_without_any_python(tmp_path):
    """The launcher installs the interpreter itself, by apt, and goes on with it."""
    tree, tools = tmp_path / "scripts", tmp_path / "bin"
    (tree / "pegplan_cli").mkdir(parents=True)
    tools.mkdir()
    for file in (LAUNCHER, FIND_PYTHON):
        copy = tree / file.name
        copy.write_text(file.read_text(encoding="utf-8").replace("/usr/bin/python3", str(tmp_path / "absent")))
        copy.chmod(0o755)
    (tree / "pegplan_cli" / "probe.py").write_bytes((FIND_PYTHON.parent / "pegplan_cli" / "probe.py").read_bytes())
    (tree / "pegplan_cli" / "__main__.py").write_text("import sys\nprint('started with', sys.argv[1:])\n")
    for name in ("sh", "dirname", "readlink", "id", "env"):
        (tools / name).symlink_to(shutil.which(name))
    arguments = [tools / "sh", tree / "pegplan", "run", "it"]

    without_apt = call(arguments, env={"PATH": str(tools)})
    assert without_apt.code == 125 and "no Python 3.9" in without_apt.err

    (tools / "ln").symlink_to(shutil.which("ln"))
    (tools / "sudo").write_text('#!/bin/sh\nexec "$@"\n')
    (tools / "apt-get").write_text(
        f'#!/bin/sh\necho "$DEBIAN_FRONTEND $*" >>"{tmp_path}/log"\n'
        f'case "$*" in install*python3) ln -s "{sys.executable}" "{tools}/python3" ;; esac\n'
    )
    for name in ("sudo", "apt-get"):
        (tools / name).chmod(0o755)
    result = call(arguments, env={"PATH": str(tools)})
    assert result.code == 0 and result.out == "started with ['run', 'it']\n", result
    log = (tmp_path / "log").read_text().splitlines()
    assert len(log) == 2 and log[0].startswith("noninteractive update") and log[1].startswith("noninteractive install")


def test_verb_test_hands_arguments_to_pytest(tmp_path):
    result = pegplan("test", "--co", "-q", "-n", "0", ROOT / "tests" / "cli" / "test_console.py", cwd=tmp_path)
    assert result.code == 0 and "test_console.py::test_newlines" in result.out, result
    result = pegplan("test", "--co", "-q", "-n", "0", "-k", "no_test_has_this_name", "tests/cli", cwd=ROOT)
    assert result.code == 5, result      # pytest's code for "no tests"


def test_quick_leaves_out_slow_tests():
    whole, quick = (
        pegplan("test", "--co", "-q", "-n", "0", "tests/cli", *more, cwd=ROOT).out for more in ((), ("--quick",))
    )
    assert "test_image_is_the_same_wherever_it_is_built" in whole
    assert "test_image_is_the_same_wherever_it_is_built" not in quick and "test_newlines" in quick
