"""Pegplan in other projects: found in an installation or in the tree, or a part of the project; and the template application."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from harness.cli import CommandResult, call, pegplan
from pegplan_cli.image_info import read_manifest
from pegplan_cli.project import ROOT

# What is built here is built once, by one process.
pytestmark = pytest.mark.xdist_group("external")

FILES = {
    "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.22)
project(outside LANGUAGES NONE)
find_package(Pegplan REQUIRED)
pegplan_image(one SOURCES src/main.cpp src/other.cpp BOARD host CONFIG fast.config SET MAX_THREADS=9 SPEED=6
              KCONFIG options/Kconfig.one INCLUDE_DIRECTORIES include DEFINITIONS "WORDS=\\"two words\\"" OPTIONS -Wshadow UNITY)
pegplan_image(two SOURCES two/main.cpp BOARD qemu-aarch64-virt PROFILE minimal)
set_property(TARGET two PROPERTY EXCLUDE_FROM_ALL ON)
""",
    "fast.config": "CONFIG_TIME_SLICE_US=777\n",
    "app.config": "CONFIG_NUM_PRIORITIES=20\nCONFIG_MAIN_PRIORITY=10\n",
    "options/Kconfig.one": 'config SPEED\n\tint "Speed"\n\trange 1 9\n\tdefault 3\n\thelp\n\t  How fast.\n',
    "include/answer.hpp": "#pragma once\nint answer();\n",
    "src/main.cpp": """\
#include "answer.hpp"
#include <pegplan/pegplan.hpp>

int main()
{
    pegplan::print("{}\\n", WORDS);
    return answer();
}
""",
    "src/other.cpp": '#include "answer.hpp"\n#include <pegplan/config/app.hpp>\nint answer() { return 10 + pegplan::config::speed; }\n',
    "two/main.cpp": "int main() { return 0; }\n",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    """A folder with some files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def configure(source: Path, build: Path, *arguments: object) -> CommandResult:
    return call(["cmake", "-S", source, "-B", build, *arguments])


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prefix of an installation, in a path with a space in it."""
    folder = tmp_path_factory.mktemp("install")
    assert configure(ROOT, folder / "build", "-DBOARD=host").code == 0
    prefix = folder / "a prefix"
    done = call(["cmake", "--install", folder / "build", "--prefix", prefix])
    assert done.code == 0, done
    return prefix


@pytest.fixture(scope="module")
def project(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build folder of a project that uses the installation; its first image is built."""
    folder = write(tmp_path_factory.mktemp("project"), FILES)
    done = configure(folder, folder / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={installed}")
    assert done.code == 0, done
    built = call(["cmake", "--build", folder / "build"])
    assert built.code == 0, built
    return folder / "build"


def test_the_image_of_a_project_runs(project):
    run = call(["cmake", "--build", project, "--target", "run"])
    assert "two words\n" in run.out and run.code != 0, run
    ended = call([project / "pegplan" / "one" / "pegplan.elf"])
    assert (ended.code, ended.out) == (16, "two words\n")


def test_its_options_are_what_it_asked_for(project, installed):
    headers = project / "pegplan" / "one" / "generated" / "pegplan" / "config"
    assert "max_threads = 9;" in (headers / "thread.hpp").read_text()
    assert "time_slice{777};" in (headers / "sched.hpp").read_text() and "num_priorities = 20;" in (headers / "sched.hpp").read_text()
    assert re.search(r"speed = 6; +// Kconfig SPEED, --set SPEED=6", (headers / "app.hpp").read_text())
    other = project / "pegplan" / "two" / "generated" / "pegplan" / "config"
    assert "num_priorities = 20;" in (other / "sched.hpp").read_text() and "max_threads = 9;" not in (other / "thread.hpp").read_text()
    assert not (other / "app.hpp").exists()
    manifest = read_manifest(project / "pegplan" / "one" / "pegplan.elf")
    assert manifest["version"] == (installed / "share" / "pegplan" / "VERSION").read_text().strip() != "unknown"
    assert {"Kconfig.one", "fast.config", "app.config"} <= {Path(name).name for name in manifest["inputs"]}


def test_all_its_images_are_in_the_compilation_database(project):
    commands = {}
    for entry in json.loads((project / "compile_commands.json").read_text()):
        commands.setdefault(Path(entry["file"]).name, []).append(entry["command"])
    assert any("aarch64-linux-gnu-g++" in command for command in commands["main.cpp"])
    (other,) = commands["other.cpp"]
    assert "-Wshadow" in other and "/include" in other and "aarch64" not in other


def test_nothing_is_built_twice(project):
    assert call(["cmake", project]).code == 0
    again = call(["cmake", "--build", project, "--verbose"])
    assert again.code == 0 and " -c " not in again.out, again


def test_changed_options_of_a_project_take_effect(project, tmp_path):
    """Another option in the project's file, and a menu's delta that stays."""
    kept = project / "pegplan" / "two" / "user.config"
    kept.write_text("CONFIG_MAX_THREADS=11\n")
    source = project.parent / "CMakeLists.txt"
    text = source.read_text()
    try:
        source.write_text(text.replace("PROFILE minimal", "PROFILE minimal SET NUM_PRIORITIES=24")
                          .replace("two/main.cpp BOARD qemu-aarch64-virt", "two/main.cpp BOARD qemu-riscv64-virt"))
        assert call(["cmake", project]).code == 0
    finally:
        source.write_text(text)
    headers = project / "pegplan" / "two" / "generated" / "pegplan"
    assert "num_priorities = 24;" in (headers / "config" / "sched.hpp").read_text()
    assert "max_threads = 11;" in (headers / "config" / "thread.hpp").read_text()
    assert "riscv64" in (headers / "board" / "arch.hpp").read_text()


@pytest.mark.parametrize("how", [
    f'find_package(Pegplan REQUIRED PATHS "{ROOT}")',
    f'add_subdirectory("{ROOT}" pegplan-tree)',
    f'include(FetchContent)\nFetchContent_Declare(pegplan SOURCE_DIR "{ROOT}")\nFetchContent_MakeAvailable(pegplan)',
], ids=("find_package", "add_subdirectory", "FetchContent"))
def test_ways_to_the_tree(how, tmp_path):
    """Configured only: what is compiled then is the same. The Kconfig file comes by the variable."""
    text = ("cmake_minimum_required(VERSION 3.22)\nproject(outside LANGUAGES NONE)\n" + how
            + "\npegplan_image(image SOURCES src/main.cpp)\n")
    folder = write(tmp_path, {**FILES, "CMakeLists.txt": text})
    done = configure(folder, tmp_path / "build", "-DBOARD=host", f"-DPEGPLAN_APP_KCONFIG={folder / 'options' / 'Kconfig.one'}")
    assert done.code == 0, done
    headers = tmp_path / "build" / "pegplan" / "image" / "generated" / "pegplan" / "config"
    assert "speed = 3;" in (headers / "app.hpp").read_text() and "num_priorities = 20;" in (headers / "sched.hpp").read_text()
    assert (tmp_path / "build" / "compile_commands.json").exists()


@pytest.mark.parametrize("arguments, words", [
    ("SOURCES src/absent.cpp", ("there is no", "src/absent.cpp", "SOURCES")),
    ("src/main.cpp", ("`src/main.cpp` belongs to no keyword", "SOURCES")),
    ("BOARD host", ("it has no SOURCES",)),
    ("SOURCES src/main.cpp BOARD", ("BOARD has no value",)),
    ("SOURCES src/main.cpp BOARD hots", ("hots", "did you mean", "host")),
    ("SOURCES src/main.cpp SET MAX_THREDS=3", ("MAX_THREDS", "did you mean", "MAX_THREADS")),
    ("SOURCES src/main.cpp CONFIG absent.config", ("absent.config", "no such file")),
    ("SOURCES src/main.cpp KCONFIG absent", ("there is no", "absent", "KCONFIG")),
])
def test_mistakes(arguments, words, tmp_path):
    text = (f'cmake_minimum_required(VERSION 3.22)\nproject(outside LANGUAGES NONE)\nfind_package(Pegplan REQUIRED PATHS "{ROOT}")\n'
            f"pegplan_image(image {arguments})\n")
    folder = write(tmp_path, {**FILES, "CMakeLists.txt": text})
    for _ in range(2):      # the second time there is a folder of the first
        done = configure(folder, tmp_path / "build", *([] if "BOARD" in arguments else ["-DBOARD=host"]))
        told = " ".join(done.err.split())
        assert done.code != 0 and all(word in told for word in words), done
        assert "Traceback" not in told and len(done.err.splitlines()) < 15, done


def test_a_new_application(tmp_path):
    """Runs as it is, is a project of its own, and is never overwritten."""
    folder = tmp_path / "blink 2-er"
    made = pegplan("new-app", folder)
    assert made.code == 0, made
    assert sorted(path.name for path in folder.iterdir()) == ["CMakeLists.txt", "Kconfig", "app.config", "main.cpp"]
    ran = pegplan("run", folder, "--board", "host", "--unity", "--build-dir", tmp_path / "cli")
    assert ran.code == 0 and ran.out.splitlines()[-2:] == ["worker: turn 4", "blink-2-er: 4 turns"], ran

    assert configure(folder, tmp_path / "plain", "-DBOARD=host").code == 0
    generated = tmp_path / "plain" / "pegplan" / "blink-2-er" / "generated" / "pegplan" / "config"
    assert (generated / "app.hpp").read_text() == (tmp_path / "cli/generated/pegplan/config/app.hpp").read_text()

    (folder / "main.cpp").write_text("mine")
    for name in ("CMakeLists.txt", "Kconfig", "app.config"):
        (folder / name).unlink()
    again = pegplan("new-app", folder)
    assert again.code == 125 and "main.cpp already" in again.err and "name another folder" in again.err, again
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [("main.cpp", "mine")]


@pytest.mark.parametrize("name", ["1", "Ünïx", "a.b c", "x" * 60, "--"])
def test_names_of_new_applications(name, tmp_path):
    """Whatever the folder is called, the generator takes what is in it."""
    assert pegplan("new-app", "--", tmp_path / name).code == 0
    import generator

    result = generator.generate(generator.make_request("host", tmp_path / "build", app=tmp_path / name))
    (option,) = [option for option in result.model.configuration.options if option.name.endswith("_TURNS")]
    assert option.value == 4 and f"config::{option.name.lower()}" in (tmp_path / name / "main.cpp").read_text()
    assert re.search(r"^project\([A-Za-z0-9_-]+ ", (tmp_path / name / "CMakeLists.txt").read_text(), re.MULTILINE)


def test_a_project_on_the_command_line(tmp_path):
    """`pegplan build` reads the sources from a project's file; what that file asks for besides must have been asked for."""
    app = write(tmp_path / "outside", {**FILES, "CMakeLists.txt": FILES["CMakeLists.txt"].replace(
        "find_package(Pegplan REQUIRED)", "find_package(Pegplan REQUIRED)\n")})
    place = ("build", app, "--board", "host", "--build-dir", tmp_path / "build")
    first = pegplan(*place, "--app-kconfig", app / "options/Kconfig.one")
    assert first.code == 125 and "asks for CONFIG" in first.err and "add --config" in first.err, first
    several = pegplan(*place, "--app-kconfig", app / "options/Kconfig.one", "--config", app / "fast.config",
                      "--set", "MAX_THREADS=9", "--set", "SPEED=6")
    assert several.code == 125 and "has several images" in several.err and "cmake -B build" in several.err, several
