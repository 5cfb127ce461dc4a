"""Equal inputs give equal bytes, unchanged files are not touched, and what is not emitted any more goes away."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generator.emit.render import MARK

_TREE = ("Kconfig", "generator", "templates", "config", "boards", "arch", "core")


def _copy_tree(root: Path, target: Path) -> Path:
    for name in _TREE:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", "*.cpp", "*.S"))
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target / name)
    return target


def _make_app(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "Kconfig").write_text('config APP_LIMIT\n\tint "Limit"\n\tdefault 3\n')
    (folder / "app.config").write_text("CONFIG_MAX_THREADS=17\nCONFIG_APP_LIMIT=4\n")
    return folder


def _make_board_root(root: Path, folder: Path) -> Path:
    shutil.copytree(root / "boards/qemu-riscv64-virt", folder / "mine")
    (folder / "mine/defaults.config").write_text("CONFIG_THREAD_NAME_MAX=15\n")
    return folder


def test_same_bytes_in_other_folders(root: Path, tmp_path: Path, read_files) -> None:
    texts = []
    for place, tree_name in (("one", "tree"), ("two/deeper [x]", "a checkout")):
        base = tmp_path / place
        tree = _copy_tree(root, base.parent / tree_name)
        app = _make_app(base / "work" / "app")
        boards = _make_board_root(root, base / "my boards")
        (base / "extra.config").write_text("CONFIG_NUM_PRIORITIES=16\n")
        build_dir = base / "build" if place == "one" else tree / "build" / "x"
        command = [sys.executable, "-m", "generator", "generate", "--board", "mine", "--board-root", boards,
                   "--app", app, "--build-dir", build_dir,
                   "--config", base / "extra.config", "--set", "MAIN_PRIORITY=2"]
        subprocess.run(command, cwd=tree, check=True)
        files = read_files(build_dir / "generated")
        with_paths = files.pop("pegplan.cmake")
        assert str(tmp_path) not in "".join(files.values())
        texts.append((files, with_paths.replace(str(tree), "<tree>").replace(str(base), "<base>")))
    assert texts[0] == texts[1]
    assert "my boards/mine/board.yaml:" in texts[0][0]["pegplan/board/cpus.hpp"]
    assert "app/app.config:1" in texts[0][0]["pegplan/config/thread.hpp"]
    assert " extra.config:1" in texts[0][0]["pegplan/config/sched.hpp"]
    assert "my boards/mine/defaults.config:1" in texts[0][0]["pegplan/config/thread.hpp"]


def test_environment_does_not_matter(build, read_files, tmp_path: Path, monkeypatch) -> None:
    build(build_dir=tmp_path / "a")
    variables = {"CONFIG_": "X_", "srctree": "/nowhere", "BOARD": "other", "KCONFIG_CONFIG": "/x", "ARCH": "y"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    build(build_dir=tmp_path / "b")
    first, second = read_files(tmp_path / "a/generated"), read_files(tmp_path / "b/generated")
    assert {**first, "pegplan.cmake": ""} == {**second, "pegplan.cmake": ""}
    assert os.environ["srctree"] == "/nowhere"


def test_second_run_touches_nothing(build, tmp_path: Path) -> None:
    build()
    files = [path for path in (tmp_path / "build").rglob("*") if path.is_file()]
    for path in files:
        os.utime(path, (1_000_000_000, 1_000_000_000))
    report = build().report
    assert report.written == () and report.removed == ()
    assert all(path.stat().st_mtime == 1_000_000_000 for path in files)
    assert len(files) == len(report.unchanged)


def test_an_option_touches_its_header_alone(build) -> None:
    build()
    headers = [path for path in build(settings=["PRINT_BUFFER=96"]).report.written if path.endswith(".hpp")]
    assert headers == ["pegplan/config/observe.hpp"]


def test_an_option_that_others_default_to_touches_their_headers_too(build) -> None:
    build()
    headers = [path for path in build(settings=["MAX_THREADS=32"]).report.written if path.endswith(".hpp")]
    assert sorted(headers) == ["pegplan/config/memory.hpp", "pegplan/config/thread.hpp"]  # STACK_POOL_SIZE is MAX_THREADS


def test_another_line_of_a_fragment_touches_its_header_alone(build, fragment) -> None:
    first = fragment("CONFIG_MAX_THREADS=32", "CONFIG_NUM_PRIORITIES=16", "CONFIG_PRINT_BUFFER=64")
    build(configs=[first])
    changed = fragment("CONFIG_MAX_THREADS=32", "CONFIG_NUM_PRIORITIES=17", "CONFIG_PRINT_BUFFER=64")
    headers = [path for path in build(configs=[changed]).report.written if path.endswith(".hpp")]
    assert headers == ["pegplan/config/sched.hpp"]


def test_stale_outputs_are_removed(build, tmp_path: Path) -> None:
    app = _make_app(tmp_path / "app")
    generated = tmp_path / "build/generated"
    build(app=app)
    header = generated / "pegplan/config/app.hpp"
    assert header.is_file()
    assert build().report.removed == ("pegplan/config/app.hpp",)
    assert not header.exists()


def test_foreign_files_stay(build, tmp_path: Path) -> None:
    app = _make_app(tmp_path / "app")
    generated = tmp_path / "build/generated"
    build(app=app)
    (generated / "pegplan/config/app.hpp").write_text("// rewritten by somebody\n")
    (generated / "notes.txt").write_text("mine")
    (generated / "pegplan/config/copy.hpp").write_text((generated / "pegplan/config/time.hpp").read_text())
    assert build().report.removed == ()
    assert (generated / "pegplan/config/app.hpp").read_text() == "// rewritten by somebody\n"
    assert (generated / "notes.txt").is_file() and (generated / "pegplan/config/copy.hpp").is_file()


def test_a_foreign_file_in_the_way_is_an_error(build, mistake, tmp_path: Path) -> None:
    path = tmp_path / "build/generated/linker.ld"
    path.parent.mkdir(parents=True)
    path.write_text("/* mine */\n")
    message = mistake(build)
    assert "generated/linker.ld is in the way: the generator did not write it" in message and "--build-dir" in message
    assert path.read_text() == "/* mine */\n"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"outputs": 3}', '{"generator": "%s", "outputs": ["../../x", 7]}' % MARK]
)
def test_a_damaged_manifest_does_no_harm(text: str, build, tmp_path: Path) -> None:
    build()
    victim = tmp_path / "x"
    victim.write_text(MARK)
    (tmp_path / "build/generated/manifest.json").write_text(text or "\n")
    if MARK not in text:
        (tmp_path / "build/generated/manifest.json").unlink()
    build()
    assert victim.is_file()


def test_an_edited_output_is_restored(build, tmp_path: Path) -> None:
    build()
    path = tmp_path / "build/generated/pegplan/config/sched.hpp"
    original = path.read_text()
    path.write_text(original.replace("32", "33"))
    assert build().report.written == ("pegplan/config/sched.hpp",)
    assert path.read_text() == original


def test_a_mistake_leaves_the_outputs(build, mistake, read_files, tmp_path: Path) -> None:
    build()
    before = read_files(tmp_path / "build/generated")
    mistake(build, settings=["MAX_THREADS=0"])
    assert read_files(tmp_path / "build/generated") == before


def test_manifest(build, tmp_path: Path, root: Path) -> None:
    import hashlib

    report = build(settings=["MAX_THREADS=8"]).report
    generated = tmp_path / "build/generated"
    manifest = json.loads((generated / "manifest.json").read_text())
    assert sorted([*manifest["outputs"], "manifest.json"]) == sorted(report.written + report.unchanged)
    for path, digest in manifest["outputs"].items():
        assert digest in (None, hashlib.sha256((generated / path).read_bytes()).hexdigest())
    for name, digest in manifest["inputs"].items():
        assert digest == hashlib.sha256((root / name).read_bytes()).hexdigest(), name
    assert manifest["settings"] == ["MAX_THREADS=8"] and manifest["board"] == "qemu-riscv64-virt"


def test_banners_carry_hashes_of_inputs(build, tmp_path: Path, root: Path) -> None:
    import hashlib

    build()
    generated = tmp_path / "build/generated"
    for path in generated.rglob("*"):
        if path.is_file() and path.name != "manifest.json":
            text = path.read_text()
            assert MARK in text
            named = re.findall(r"^(?://|#| \*)   ?(\S+)\s+([0-9a-f]{64})$", text, re.MULTILINE)
            # The stamps are those of the headers, which have lists of their own.
            assert named or path.suffix == ".json" or path.name == "stamps.ld", path
            for name, digest in named:
                assert digest == hashlib.sha256((root / name).read_bytes()).hexdigest()


def test_an_unwritable_folder_is_an_error(build, mistake, tmp_path: Path) -> None:
    (tmp_path / "build").write_text("a file")
    assert "cannot" in mistake(build)
