"""`pegplan why`, `search`, `diff`, `lint`, `options`, and what front ends take over from a configured folder."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import pytest

from harness import qemu
from harness.cli import pegplan
from pegplan_cli.boards import find_board
from pegplan_cli.build import Request
from pegplan_cli.kconfig import configured_request, effective_request, given_fields
from pegplan_cli.project import DEFAULT_APP, ROOT

PLACE = ("--board", "host", "--build-dir")


def test_why(tmp_path: Path) -> None:
    result = pegplan("why", "HOST_TURN", "MAX_THREADS", *PLACE, tmp_path, "--set", "HOST_TURN=5", cwd=ROOT)
    assert result.code == 0 and result.err == "", result
    turn, threads = result.out.split("\n\n")
    for line in ("HOST_TURN = no value    Steps of a CPU's turn", "  from      not in effect",
                 "  asked     CONFIG_HOST_TURN=5  the command line, --set HOST_TURN=5: no effect: needs HOST_VIRTUAL_TIME && SMP",
                 "  change    --set HOST_VIRTUAL_TIME=y --set CPUS=2  makes it 5",
                 "  in C++    config::host_turn of <pegplan/config/host.hpp>"):
        assert line in turn.split("\n"), result
    assert "  used by   arch/host/virtual_turns.cpp:" in turn
    assert "  type      int, 2 to 65535" in threads.split("\n") and "  change    --set MAX_THREADS=NUMBER, 2 to 65535" in threads.split("\n")
    unknown = pegplan("why", "MAX_THREDS", *PLACE, tmp_path)
    assert unknown.code == 125 and unknown.out == "" and "did you mean `MAX_THREADS`?" in unknown.err, unknown


def test_search(tmp_path: Path) -> None:
    result = pegplan("search", "thread", "name", *PLACE, tmp_path, cwd=ROOT)
    assert result.code == 0 and result.out.splitlines()[1].split()[:2] == ["THREAD_NAME_MAX", "23"], result
    nothing = pegplan("search", "xyzzy", *PLACE, tmp_path)
    assert nothing.code == 125 and "no option has `xyzzy`" in nothing.err, nothing


def test_diff(tmp_path: Path) -> None:
    fragment = tmp_path / "my.config"
    fragment.write_text("CONFIG_CPUS=2\n")
    result = pegplan("diff", "default", fragment, *PLACE, tmp_path / "build", cwd=ROOT)
    assert result.code == 0, result
    assert "SMP  (follows from others)" in result.out
    wide = len(str(fragment))
    assert f"CPUS\n  {'default':<{wide}}  1  the default, core/smp/Kconfig:6\n  {fragment}  2  a fragment, {fragment}:1\n" in result.out
    wrong = pegplan("diff", "default", "hardend", *PLACE, tmp_path / "build")
    assert wrong.code == 125 and "profiles are" in wrong.err, wrong
    wrong = pegplan("diff", "default", tmp_path, *PLACE, tmp_path / "build")
    assert wrong.code == 125 and "none in which Pegplan was configured" in wrong.err, wrong


@pytest.mark.slow
@pytest.mark.uncounted
def test_what_a_difference_costs(bench: qemu.Bench) -> None:
    """Of two folders that the suite has built anyway."""
    usual = qemu.Configuration(find_board("host")).of_run(True)
    sides = [bench.build("basic_threading", one).directory for one in (replace(usual, profile="minimal"), usual)]
    result = pegplan("diff", *sides, "--size", "--board", "host")
    assert result.code == 0 and "OPTIMISE_SIZE" in result.out, result
    table = {words[0]: [int(word) for word in words[1:]] for line in result.out.splitlines()
             if (words := line.split()) and words[0] in ("text", "rodata", "data", "bss") and len(words) == 4}
    assert table["text"][2] == table["text"][1] - table["text"][0] > 0 and table["bss"][2] > 0, result


def test_lint(tmp_path: Path) -> None:
    assert pegplan("lint", *PLACE, tmp_path).code == 0
    fragment = tmp_path / "my.config"
    fragment.write_text("# Slices.\nCONFIG_TIME_SLICE_US=10000\n")
    result = pegplan("lint", fragment, *PLACE, tmp_path)
    assert result.code == 1 and result.out.startswith(f"{fragment}:2: CONFIG_TIME_SLICE_US=10000 changes nothing"), result


def test_options_page(tmp_path: Path) -> None:
    assert pegplan("options", "--check", *PLACE, tmp_path).code == 0
    assert pegplan("options", *PLACE, tmp_path).out == (ROOT / "docs" / "options.md").read_text(encoding="utf-8")


def test_a_folder_keeps_what_is_not_given(tmp_path: Path) -> None:
    """Also how its kernel is compiled: a front end, or `why`, is no reason to build all of it anew."""
    before = Request("host", profile="debug", settings=("MAX_THREADS=9",), unity=True, precompile=True, more_apps=(ROOT / "tests",))
    text = "".join(f"{name}:STRING={value}\n" for name, value in before.cache_entries().items())
    (tmp_path / "CMakeCache.txt").write_text(text)
    assert configured_request(tmp_path) == before

    def effective(**given: object) -> Request:
        options = argparse.Namespace(**{"profile": None, "config": None, "settings": None, "board_root": None, "unity": False,
                                           "app_kconfig": None, **given})
        wanted = Request("host", DEFAULT_APP, options.profile or "default", settings=tuple(options.settings or ()), unity=options.unity)
        return effective_request(wanted, tmp_path, given_fields(options))

    assert effective() == before
    assert effective(profile="speed").profile == "speed" and effective(profile="speed").unity
    assert effective(settings=["CPUS=2"]).settings == ("CPUS=2",)
    (tmp_path / "CMakeCache.txt").write_text(text.replace("PEGPLAN_UNITY:STRING=ON", "PEGPLAN_UNITY:STRING=OFF"))
    assert not effective().unity and effective(unity=True).unity
