"""The command line, and what `scripts/pegplan` takes from the package."""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import generator


def _run(root: Path, *arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "generator", *map(str, arguments)], cwd=cwd or root, text=True,
                          capture_output=True, env={**os.environ, "PYTHONPATH": str(root)})


def test_generate(root: Path, tmp_path: Path) -> None:
    arguments = ("generate", "--board", "qemu-riscv64-virt", "--build-dir", tmp_path / "build")
    result = _run(root, *arguments)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert (tmp_path / "build/generated/pegplan/config/sched.hpp").is_file()
    result = _run(root, *arguments, "-v", "--config", "debug", "--set", "STACK_CANARIES=n")
    assert result.returncode == 0 and result.stderr == ""
    assert result.stdout.split("files:")[0] == (
        "fragments, the last word last:\n"
        "  config/profiles/default.config\n"
        "  config/profiles/debug.config\n"
        "options:\n"
        "  THREAD_STATS    y  config/profiles/debug.config:4\n"
        "  STACK_CANARIES  n  --set STACK_CANARIES=n\n"
        "      overrides y of config/profiles/debug.config:3\n"
        "  OPTIMISE_DEBUG  y  config/profiles/debug.config:2\n"
    )
    assert "\n  wrote   pegplan/config/arch.hpp\n" in result.stdout


def test_a_mistake_is_one_message_and_status_2(root: Path, tmp_path: Path) -> None:
    fragment = tmp_path / "my.config"
    fragment.write_text("CONFIG_TICK_RATE_HZ=100\n")
    result = _run(root, "generate", "--board", "qemu-riscv64-virt", "--build-dir", "build", "--config", "my.config",
                  cwd=tmp_path)
    assert result.returncode == generator.EXIT_MISTAKE == 2 and result.stdout == ""
    assert result.stderr.startswith("error: my.config:1: TICK_RATE_HZ=100 does not take effect: a dependency is not")
    assert "TICK_PERIODIC = n ('Timer interrupts' is TICKLESS: the default)" in result.stderr
    assert "Traceback" not in result.stderr


def test_boards(root: Path) -> None:
    result = _run(root, "boards")
    assert result.returncode == 0
    row = next(line for line in result.stdout.splitlines() if line.startswith("qemu-riscv64-virt "))
    assert row.split() == ["qemu-riscv64-virt", "riscv64", "64", "126", "MiB", "qemu-system-riscv64", "-machine", "virt",
                           "-cpu", "rv64"]
    boards = {board["name"]: board for board in json.loads(_run(root, "boards", "--json").stdout)}
    assert boards["qemu-x86_64-q35"]["arch"] == "x86_64" and boards["qemu-x86_64-q35"]["ram_bytes"] == 127 << 20
    assert all(not board["error"] for name, board in boards.items() if name.startswith("qemu-"))


def test_usage(root: Path) -> None:
    assert _run(root).returncode == 2
    assert "--board" in _run(root, "generate").stderr


def test_every_name_that_the_package_promises() -> None:
    for name in generator.__all__:
        assert getattr(generator, name) is not None
        assert name in (generator.__doc__ or "")
    with pytest.raises(AttributeError):
        generator.nothing


def test_run_json(build, tmp_path: Path) -> None:
    build("qemu-x86_64-q35")
    run = json.loads((tmp_path / "build/generated/run.json").read_text())
    command = run["command"]
    assert run["exit_status"] == "status-file" and run["board"] == "qemu-x86_64-q35" and run["arch"] == "x86_64"
    assert command[0] == "qemu-system-x86_64" and command[-2:] == ["-kernel", "{image}"]
    assert command[command.index("-m") + 1] == "128M" and command[command.index("-smp") + 1] == "1"
    assert any("{status_file}" in argument for argument in command)


def command_of(folder: Path) -> list[str]:
    """QEMU's command line, as generated."""
    return json.loads((folder / "build/generated/run.json").read_text())["command"]


def value_of(command: list[str], option: str) -> str:
    return command[command.index(option) + 1]


def test_a_machine_may_have_more_than_the_image_uses(build, tmp_path: Path) -> None:
    build("qemu-aarch64-raspi3b")
    command = command_of(tmp_path)
    assert (value_of(command, "-smp"), value_of(command, "-m")) == ("4", "1G")
    build("qemu-riscv64-sifive_u", settings=["CPUS=3"])
    assert value_of(command_of(tmp_path), "-smp") == "4", "hart 0 is another"
    header = (tmp_path / "build/generated/pegplan/board/cpus.hpp").read_text()
    assert re.search(r"int cpu_first_id = 1; +// boards/qemu-riscv64-sifive_u/board.yaml:\d+", header)


def test_an_image_comes_on_a_cd(build, tmp_path: Path) -> None:
    build("qemu-x86_64-pc-iso")
    command = command_of(tmp_path)
    assert value_of(command, "-cdrom") == "{iso}" and "-kernel" not in command


def test_a_device_tree_comes_with_the_board(build, root: Path, tmp_path: Path) -> None:
    build("qemu-riscv64-icicle")
    assert value_of(command_of(tmp_path), "-dtb") == "{device_tree}"
    source = root / "boards/qemu-riscv64-icicle/machine.dts"
    tree = tmp_path / "build/generated/device-tree.dts"
    head, _, copied = tree.read_text().partition(source.read_text()[:40])
    assert source.read_text() == source.read_text()[:40] + copied
    assert all(line.startswith("//") for line in head.splitlines()) and "by the Pegplan generator" in head
    assert "boards/qemu-riscv64-icicle/machine.dts" in json.loads((tmp_path / "build/generated/manifest.json").read_text())["inputs"]
    build("qemu-riscv64-virt")
    assert not tree.exists()


def test_a_device_tree_that_is_missing(root: Path, mistake, tmp_path: Path) -> None:
    text = (root / "boards/qemu-riscv64-icicle/board.yaml").read_text().replace("machine.dts\n", "other.dts\n")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/board.yaml").write_text(text)
    line = 1 + text.split("\n").index("  device_tree: other.dts")
    assert mistake(generator.find_board, "mine", board_roots=[tmp_path]).endswith(
        f"mine/board.yaml:{line}: run.device_tree: there is no file `other.dts` beside the board file\n"
        "  remedy: put it there, or write the name of one that is")


def test_a_machine_with_less_memory_than_regions(root: Path, mistake, tmp_path: Path) -> None:
    text = (root / "boards/qemu-aarch64-raspi3b/board.yaml").read_text().replace("memory: 1 GiB", "memory: 1000 MiB")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/board.yaml").write_text(text)
    message = mistake(generator.find_board, "mine", board_roots=[tmp_path])
    assert "run.memory is 1000 MiB, less than all regions together" in message and "1031680 KiB" in message


def test_a_driver_selects(build) -> None:
    options = {board: build(board).model.configuration for board in ("qemu-riscv64-virt", "qemu-riscv64-virt-m")}
    assert [options[board].option("RISCV_MACHINE_MODE").value for board in options] == [False, True]


@pytest.mark.parametrize("cpus, in_one_thread", [(1, False), (2, False), (3, True), (64, True)])
def test_many_cpus_share_a_thread_of_qemu(build, tmp_path: Path, cpus: int, in_one_thread: bool) -> None:
    build("qemu-riscv64-virt", settings=[f"CPUS={cpus}"])
    command = json.loads((tmp_path / "build/generated/run.json").read_text())["command"]
    assert command[command.index("-smp") + 1] == str(cpus)
    assert ("tcg,thread=single" in command) is in_one_thread


def test_pegplan_cmake_can_be_included(build, tmp_path: Path) -> None:
    import shutil

    if not shutil.which("cmake"):
        pytest.skip("cmake is not installed")
    build("qemu-riscv64-virt")
    script = tmp_path / "check.cmake"
    script.write_text(
        f'include("{tmp_path}/build/generated/pegplan.cmake")\n'
        'foreach(file IN LISTS PEGPLAN_GENERATOR_INPUTS)\n  if(NOT EXISTS "${file}")\n'
        '    message(FATAL_ERROR "${file}")\n  endif()\nendforeach()\n'
        'message("${PEGPLAN_ARCH} ${PEGPLAN_BOARD} ${CONFIG_CONSOLE} ${CONFIG_TICK_PERIODIC} ${CONFIG_NUM_PRIORITIES} '
        '${CONFIG_SCHED_POLICY_CLASS}")\n'
    )
    result = subprocess.run(["cmake", "-P", str(script)], capture_output=True, text=True)
    assert result.returncode == 0 and result.stderr.strip() == "riscv64 qemu-riscv64-virt ON OFF 32 FixedPriority"


# ---- front ends -----------------------------------------------------------------------------------------------------


def _front_end(request: generator.make_request, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = generator.prepare_front_end(request)
    return subprocess.run([sys.executable, "-m", module, *arguments], cwd=request.places.tree, text=True,
                          capture_output=True, env={**os.environ, **variables})


def test_a_front_end_that_changes_nothing_leaves_no_delta(tmp_path: Path) -> None:
    request = generator.make_request("qemu-riscv64-virt", tmp_path, profile="minimal", settings=["MAX_THREADS=9"])
    result = _front_end(request, "olddefconfig")
    assert result.returncode == 0, result.stderr
    user = generator.save_user_config(request)
    assert user.lines == () and user.overruled == () and not user.path.exists()


def test_changes_are_kept_in_fewest_lines(tmp_path: Path) -> None:
    request = generator.make_request("qemu-riscv64-virt", tmp_path, profile="minimal", settings=["MAX_THREADS=9"])
    _front_end(request, "olddefconfig")
    saved = tmp_path / ".config"
    text = saved.read_text()
    for old, new in (
        ("CONFIG_OPTIMISE_SIZE=y", "# CONFIG_OPTIMISE_SIZE is not set"),
        ("# CONFIG_OPTIMISE_DEBUG is not set", "CONFIG_OPTIMISE_DEBUG=y"),
        ("CONFIG_MAX_THREADS=9", "CONFIG_MAX_THREADS=10"),
        ("CONFIG_STACK_POOL_SIZE=9", "CONFIG_STACK_POOL_SIZE=10"),  # which follows MAX_THREADS
        ("CONFIG_NUM_PRIORITIES=16", "CONFIG_NUM_PRIORITIES=32"),
    ):
        assert old in text
        text = text.replace(old, new)
    saved.write_text(text)
    user = generator.save_user_config(request)
    assert [line for line in user.lines if "MAIN_PRIORITY" not in line] == [
        "CONFIG_NUM_PRIORITIES=32", "CONFIG_MAX_THREADS=10", "CONFIG_OPTIMISE_DEBUG=y"]
    assert [(one.name, one.wanted, one.setting) for one in user.overruled] == [
        ("MAX_THREADS", "10", "--set MAX_THREADS=9")]
    configuration = generator.generate(request).model.configuration
    assert configuration.option("OPTIMISE_DEBUG").value is True and configuration.option("NUM_PRIORITIES").value == 32
    header = (tmp_path / "generated/pegplan/config/sched.hpp").read_text()
    assert "// Kconfig NUM_PRIORITIES, user.config\n" in header

    # Back to where it was: the delta goes away.
    generator.prepare_front_end(request)
    saved.write_text(text.replace("CONFIG_OPTIMISE_DEBUG=y", "CONFIG_OPTIMISE_SIZE=y").replace("MAX_THREADS=10", "MAX_THREADS=9")
                     .replace("STACK_POOL_SIZE=10", "STACK_POOL_SIZE=9")
                     .replace("NUM_PRIORITIES=32", "NUM_PRIORITIES=16").replace("# CONFIG_OPTIMISE_SIZE is not set\n", ""))
    assert generator.save_user_config(request).lines == () and not (tmp_path / "user.config").exists()


def test_a_change_that_makes_a_fragment_moot_withdraws_it(tmp_path: Path) -> None:
    base = tmp_path / "base.config"
    base.write_text("CONFIG_TICK_PERIODIC=y\nCONFIG_TICK_RATE_HZ=500\n")
    request = generator.make_request("qemu-riscv64-virt", tmp_path / "build", configs=[base])
    _front_end(request, "olddefconfig")
    saved = tmp_path / "build/.config"
    saved.write_text(saved.read_text().replace("CONFIG_TICK_PERIODIC=y", "CONFIG_TICKLESS=y")
                     .replace("# CONFIG_TICKLESS is not set\n", "").replace("CONFIG_TICK_RATE_HZ=500\n", ""))
    assert generator.save_user_config(request).lines == ("CONFIG_TICKLESS=y", "# CONFIG_TICK_RATE_HZ is not set")
    assert generator.generate(request).model.configuration.option("TICKLESS").value is True


def test_defaults_stay_free_to_follow(tmp_path: Path) -> None:
    """What a front end starts from holds assignments only: a computed value in it would be pinned by the first save."""
    request = generator.make_request("qemu-riscv64-virt", tmp_path, settings=["NUM_PRIORITIES=8"])
    generator.prepare_front_end(request)
    assert (tmp_path / ".config").read_text() == "CONFIG_NUM_PRIORITIES=8\n"


def test_savedefconfig(tmp_path: Path) -> None:
    request = generator.make_request("qemu-riscv64-virt", tmp_path, settings=["NUM_PRIORITIES=8"])
    result = _front_end(request, "savedefconfig", "--out", str(tmp_path / "defconfig"))
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "defconfig").read_text() == "CONFIG_NUM_PRIORITIES=8\n"


def test_a_mistake_in_a_template_names_its_line(monkeypatch, tmp_path: Path, mistake) -> None:
    from generator.emit import render

    monkeypatch.setattr(render, "_TEMPLATES", tmp_path)
    render._environment.cache_clear()
    try:
        (tmp_path / "a.j2").write_text("one\n{{ two }}\n")
        (tmp_path / "b.j2").write_text("one\n{% for x in %}\n")
        assert mistake(render.render, "a.j2") == "templates/a.j2:2: 'two' is undefined"
        assert mistake(render.render, "b.j2").startswith("templates/b.j2:2: ")
        assert mistake(render.render, "c.j2") == "there is no template templates/c.j2"
    finally:
        render._environment.cache_clear()
