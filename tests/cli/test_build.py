"""`pegplan build` and plain CMake: what is built where, when, and what is said when it cannot be."""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import sys
from pathlib import Path

import pytest

from harness.cli import CommandResult, call, pegplan
from harness.terminal import Terminal
from pegplan_cli import build as build_module
from pegplan_cli.boards import all_boards
from pegplan_cli.project import BUILD, EXAMPLES, LAUNCHER, ROOT

MANIFEST = "image_manifest.S"
"""The source of the image's manifest, which has the hashes of all inputs."""
NO_CHANGE_LIMIT_S = 1.0
"""Of processor time, for a build in which nothing has changed."""
ANY_MAIN = "int main()\n{\n    return 0;\n}\n"


def steps(result: CommandResult) -> list[str]:
    """The compile and link steps of a verbose build."""
    return [line for line in (result.out + result.err).splitlines() if re.match(r"\[[1-9]\d*/\d+\] ", line)
            and "Re-running CMake" not in line and "--regenerate-during-build" not in line and "VerifyGlobs" not in line]


def recompiled(result: CommandResult) -> set[str]:
    """The sources that a verbose build compiled."""
    return {Path(match[1]).name for line in steps(result) if (match := re.search(r" -c (\S+)$", line))}


def processor_time() -> float:
    """Of all commands that have been called and have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def plain_build(folder: Path) -> CommandResult:
    """`cmake --build`, verbose."""
    result = call(["cmake", "--build", folder, "--verbose"])
    assert result.code == 0, result
    return result


def test_growing_application(some_board, tmp_path):
    """An application outside the tree that has only main.cpp, then more and more of its own."""
    app = tmp_path / "grows"
    app.mkdir()
    (app / "main.cpp").write_text(ANY_MAIN)
    run = ("run", "grows", "--board", some_board, "--unity")

    first = pegplan(*run, cwd=tmp_path)
    assert first.code == 0, first
    (folder,) = (tmp_path / "build" / "pegplan" / some_board).iterdir()
    assert re.fullmatch(r"grows-[0-9a-f]{8}", folder.name)
    assert json.loads((folder / "compile_commands.json").read_text())

    # A second source file is found by itself.
    (app / "main.cpp").write_text("int answer();\n\nint main()\n{\n    return answer();\n}\n")
    (app / "answer.cpp").write_text("int answer()\n{\n    return 3;\n}\n")
    assert pegplan(*run, cwd=tmp_path).code == 3

    # A fragment of its own, and one that is wrong.
    (app / "app.config").write_text("CONFIG_MAX_THREADS=12\n")
    assert pegplan(*run, cwd=tmp_path).code == 3
    assert "CONFIG_MAX_THREADS=12" in (folder / "generated" / ".config").read_text()
    (app / "app.config").write_text("\nCONFIG_MAX_THREDS=12\n")
    wrong = pegplan(*run, cwd=tmp_path)
    assert wrong.code == 125 and "app.config:2" in wrong.err and "MAX_THREADS" in wrong.err and wrong.out == ""
    (app / "app.config").unlink()

    # Options of its own.
    (app / "Kconfig").write_text('config ANSWER\n\tint "Answer"\n\trange 0 9\n\tdefault 4\n\thelp\n\t  A number.\n')
    (app / "answer.cpp").write_text("#include <pegplan/config/app.hpp>\n\nint answer()\n{\n    return pegplan::config::answer;\n}\n")
    assert pegplan(*run, cwd=tmp_path).code == 4
    assert pegplan(*run, "--set", "ANSWER=9", cwd=tmp_path).code == 9

    # A CMakeLists.txt that takes control: answer.cpp is left out, another file is in.
    (app / "sub").mkdir()
    (app / "sub" / "other.cpp").write_text("int answer()\n{\n    return ANSWER_OF_CMAKE;\n}\n")
    (app / "CMakeLists.txt").write_text(
        "pegplan_app_sources(main.cpp sub/other.cpp)\n"
        "target_compile_definitions(${pegplan_app} PRIVATE ANSWER_OF_CMAKE=77)\n"
    )
    assert pegplan(*run, cwd=tmp_path).code == 77

    # One that adds nothing.
    (app / "CMakeLists.txt").write_text("message(STATUS nothing)\n")
    empty = pegplan(*run, cwd=tmp_path)
    assert empty.code == 125 and "pegplan_app_sources(main.cpp ...)" in empty.err
    (app / "CMakeLists.txt").unlink()

    # A mistake in C++: the compiler's words, and nothing is run.
    (app / "main.cpp").write_text("int main()\n{\n    return undeclared;\n}\n")
    broken = pegplan(*run, cwd=tmp_path)
    assert broken.code == 125 and broken.out == ""
    assert re.search(r"main\.cpp:3:\d+: error: .*undeclared", broken.err), broken
    assert "CMake Error" not in broken.err

    # A main without a return would run off its end.
    (app / "main.cpp").write_text("int main()\n{\n}\n")
    assert "return" in pegplan(*run, cwd=tmp_path).err


def test_only_what_changed_is_built_again(some_board, behaving_app, tmp_path):
    build_dir = tmp_path / "build"
    fragment = tmp_path / "my.config"
    fragment.write_text("CONFIG_EXIT_CODE=3\n")
    arguments = ("build", behaving_app, "--board", some_board, "--build-dir", build_dir, "--unity", "--config", fragment)
    assert pegplan(*arguments).code == 0
    image = (build_dir / "pegplan.elf").stat().st_mtime_ns

    # Nothing, in no time.
    before = processor_time()
    assert pegplan(*arguments).code == 0
    assert processor_time() - before <= NO_CHANGE_LIMIT_S
    assert steps(plain_build(build_dir)) == []
    # A second configure.
    assert call(["cmake", build_dir]).code == 0
    assert steps(plain_build(build_dir)) == []
    assert (build_dir / "pegplan.elf").stat().st_mtime_ns == image
    # A fragment that says no more than before: the image's manifest has its hash, and that is all.
    fragment.write_text("CONFIG_EXIT_CODE=3\n# Three.\n")
    assert recompiled(plain_build(build_dir)) == {MANIFEST}
    # A fragment that changes an option: what uses it, and no more.
    (old_object,) = build_dir.glob("CMakeFiles/pegplan_app.dir/**/main.cpp.o*")
    stale = old_object.read_bytes()
    fragment.write_text("CONFIG_EXIT_CODE=4\n")
    assert recompiled(plain_build(build_dir)) == {"main.cpp", MANIFEST}
    # An object of before that gets among the new ones does not link. (ninja itself would compile it anew.)
    link = call(["ninja", "-C", build_dir, "-t", "commands", "pegplan.elf"]).out.splitlines()[-1]
    assert call(["sh", "-c", link], cwd=build_dir).code == 0
    old_object.write_bytes(stale)
    mixed = call(["sh", "-c", link], cwd=build_dir)
    told = r"main\.cpp.*undefined reference to `pegplan_stale_object_rebuild_it__config_app_was_"
    assert mixed.code != 0 and re.search(told, mixed.err), mixed
    plain_build(build_dir)
    # The same by --set, on top of the fragment.
    assert pegplan(*arguments, "--set", "EXIT_CODE=5").code == 0
    assert "exit_code = 5" in (build_dir / "generated" / "pegplan" / "config" / "app.hpp").read_text()

    # What the image says of itself.
    shown = pegplan("info", build_dir)
    assert shown.code == 0 and re.search(r"^  EXIT_CODE=5 +--set EXIT_CODE=5$", shown.out, re.MULTILINE), shown
    told = json.loads(pegplan("info", build_dir / "pegplan.elf", "--json").out)
    assert told["board"] == some_board and told["options"]["EXIT_CODE"] == 5
    assert told["inputs"]["my.config"] == hashlib.sha256(fragment.read_bytes()).hexdigest()
    assert re.fullmatch(r"\w+ \d+\.\d+\.\d+", told["compiler"]) and told["version"] != "unknown"

    # A mistake is an error at each build until it is mended; it does not leave the old image to be run.
    for _ in range(2):
        wrong = pegplan("run", *arguments[1:], "--set", "EXIT_CODE=256")
        assert wrong.code == 125 and "out of range" in wrong.err and wrong.out == "", wrong
    fragment.write_text("CONFIG_EXIT_CODE=256\n")
    wrong = pegplan("run", *arguments[1:])
    assert wrong.code == 125 and "my.config:1" in wrong.err and wrong.out == "", wrong
    fragment.write_text("CONFIG_EXIT_CODE=6\n")
    assert pegplan("run", *arguments[1:]).code == 6


def test_menus(some_board, tmp_path):
    """What a front end changes is kept apart, and the next build follows it."""
    build_dir = tmp_path / "build"
    place = ("--board", some_board, "--build-dir", build_dir)
    assert pegplan("olddefconfig", *place).code == 0
    assert not (build_dir / "user.config").exists()

    with Terminal([LAUNCHER, "menuconfig", *place]) as terminal:
        terminal.wait_for("Scheduler")
        terminal.type("/")                     # search, for a symbol that is used by nothing else
        terminal.wait_for("Jump to symbol")
        terminal.type("^MAX_THREADS$\n")
        terminal.wait_for("Maximum number of threads")
        terminal.type("\n")                    # edits it
        terminal.wait_for("(int)")
        terminal.type("\x7f" * 8 + "33\n")
        terminal.type("q")                     # ends, and asks
        terminal.wait_for("Save configuration?")
        terminal.type("y")
        assert terminal.end() == 0
    assert "CONFIG_MAX_THREADS=33" in (build_dir / "user.config").read_text()

    saved = tmp_path / "saved.config"
    assert pegplan("savedefconfig", *place, "--out", saved).code == 0
    assert saved.read_text() == "CONFIG_MAX_THREADS=33\n"

    configure = call(["cmake", "-S", ROOT, "-B", build_dir, f"-DBOARD={some_board}"])
    assert configure.code == 0, configure
    assert "max_threads = 33" in (build_dir / "generated" / "pegplan" / "config" / "thread.hpp").read_text()
    for target in ("olddefconfig", "savedefconfig"):
        result = call(["cmake", "--build", build_dir, "--target", target])
        assert result.code == 0, result
    assert (build_dir / "defconfig").read_text() == "CONFIG_MAX_THREADS=33\n"


def test_menuconfig_without_a_terminal(some_board, tmp_path):
    result = pegplan("menuconfig", "--board", some_board, "--build-dir", tmp_path)
    assert result.code == 125 and "needs a terminal" in result.err


def test_plain_cmake_with_a_python_that_lacks_modules(some_board, tmp_path):
    shim = tmp_path / "python3"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    shim.chmod(0o755)
    env = {name: value for name, value in os.environ.items() if name not in ("PEGPLAN_PYTHON", "VIRTUAL_ENV")}
    # Flags for programs of this machine must not get into the image.
    env.update(PATH=f"{tmp_path}:/usr/bin:/bin", CXXFLAGS="-fsanitize=address -mno-such-option", LDFLAGS="-lnothing")
    build_dir = tmp_path / "build"
    configure = call(["cmake", "-S", ROOT, "-B", build_dir, f"-DBOARD={some_board}", "-DPEGPLAN_SET=MAX_THREADS=9",
                      "-DPEGPLAN_UNITY=ON"],
                     cwd=tmp_path, env=env)
    assert configure.code == 0, configure
    built = call(["cmake", "--build", build_dir, "-j2"], env=env)
    assert built.code == 0, built
    run = call(["cmake", "--build", build_dir, "--target", "run"], env=env)
    assert run.code == 0 and "basic_threading: done" in run.out, run
    assert "max_threads = 9" in (build_dir / "generated" / "pegplan" / "config" / "thread.hpp").read_text()

    # Nothing of this machine is in the image.
    image = (build_dir / "pegplan.elf").read_bytes()
    for path in (ROOT, build_dir, Path.home()):
        if len(path.parts) > 1:
            assert os.fsencode(path) not in image


def test_errors_of_plain_cmake(tmp_path):
    result = call(["cmake", "-S", ROOT, "-B", tmp_path / "build", "-DBOARD=qemu-riscv46-virt"])
    assert result.code != 0
    assert result.err.count("qemu-riscv64-virt") == 1, result      # the message, once
    assert len(result.err.splitlines()) < 15


def test_unknown_names(some_board, tmp_path):
    for arguments, words in (
        (("--board", "qemu-riscv46-virt"), ("qemu-riscv46-virt", "did you mean", "qemu-riscv64-virt")),
        (("--profile", "minimol"), ("minimol", "minimal")),
        (("--set", "NUM_PRIORITYS=3"), ("NUM_PRIORITYS", "NUM_PRIORITIES")),
        (("--set", "NUM_PRIORITIES"), ("NUM_PRIORITIES", "NAME=VALUE")),
        (("--config", "absent.config"), ("absent.config",)),
    ):
        place = ("--build-dir", tmp_path / "build") + (() if "--board" in arguments else ("--board", some_board))
        result = pegplan("build", *place, *arguments)
        assert result.code == 125 and result.out == "", result
        assert all(word in result.err for word in words), result
        assert "CMake" not in result.err and "Traceback" not in result.err, result
    result = pegplan("run", "no-such-app", "--board", some_board)
    assert result.code == 125 and "no-such-app" in result.err


def test_folder_without_sources(some_board, tmp_path):
    result = pegplan("build", tmp_path, "--board", some_board, "--build-dir", tmp_path / "build")
    assert result.code == 125
    assert result.err.count("main.cpp") == 1 and "CMake" not in result.err, result


def test_build_folder_changes_boards(tmp_path):
    """From one architecture to another, in one folder."""
    by_arch = {board.arch: name for name, board in all_boards().items()}
    first, second, *_ = by_arch.values()
    folder = tmp_path / "build"
    for name in (first, second):
        build_module.Build(build_module.Request(name), folder).configure()
        assert build_module.read_cache(folder)["BOARD"] == name
    # Plain CMake says that it cannot.
    result = call(["cmake", folder, f"-DBOARD={first}"])
    assert result.code != 0 and "another architecture" in result.err, result


def test_each_board_has_a_preset():
    presets = json.loads((ROOT / "CMakePresets.json").read_text(encoding="utf-8"))
    named = {preset["name"]: preset for preset in presets["configurePresets"] if not preset.get("hidden")}
    assert {name: preset["cacheVariables"]["BOARD"] for name, preset in named.items()} == {name: name for name in all_boards()}
    assert {preset["configurePreset"] for preset in presets["buildPresets"]} == set(named)
    listed = call(["cmake", "--list-presets"], cwd=ROOT)
    assert listed.code == 0 and all(f'"{name}"' in listed.out for name in named)
    # The command line and the presets share their folders.
    directory = named[next(iter(named))]
    assert presets["configurePresets"][0]["binaryDir"] == "${sourceDir}/build/${presetName}/basic_threading"
    assert build_module.default_build_dir(build_module.DEFAULT_APP, directory["name"]) == BUILD / directory["name"] / "basic_threading"


def test_default_build_folders(tmp_path, monkeypatch):
    place = build_module.default_build_dir
    assert place(EXAMPLES / "basic_threading", "b") == BUILD / "b" / "basic_threading"
    one, other = tmp_path / "one" / "app", tmp_path / "other" / "app"
    monkeypatch.chdir(tmp_path)
    assert place(one, "b").parent == tmp_path / "build" / "pegplan" / "b"
    assert place(one, "b") != place(other, "b")
    in_tree = ROOT / "tests" / "qemu" / "apps" / "basic_threading"
    assert place(in_tree, "b").parent == BUILD / "b" and place(in_tree, "b") != place(EXAMPLES / "basic_threading", "b")
    monkeypatch.chdir(ROOT / "tests")
    assert place(one, "b").parent == BUILD / "b"


@pytest.mark.slow
def test_image_is_the_same_wherever_it_is_built(some_board, tmp_path):
    images = []
    for name in ("here", "some/where/else"):
        folder = tmp_path / name
        assert pegplan("build", "--board", some_board, "--unity", "--build-dir", folder).code == 0
        images.append((folder / "pegplan.elf").read_bytes())
    assert images[0] == images[1]
