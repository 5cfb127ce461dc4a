"""Options: precedence, provenance, and what happens to assignments that do not take effect."""
from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import generator

# ---- precedence -----------------------------------------------------------------------------------------------------


def test_precedence(root: Path, tmp_path: Path, build) -> None:
    """Each source overrides those before it."""
    names = ["MAX_THREADS", "NUM_PRIORITIES", "STACK_SIZE_MIN", "MAIN_STACK_SIZE", "PRINT_BUFFER", "ISR_PRINT_BUFFER"]
    boards = tmp_path / "boards"
    shutil.copytree(root / "boards/qemu-riscv64-virt", boards / "mine")
    app = tmp_path / "app"
    app.mkdir()
    build_dir = tmp_path / "build"
    build_dir.mkdir()

    (boards / "mine/defaults.config").write_text("CONFIG_MAX_THREADS=10\nCONFIG_NUM_PRIORITIES=10\n")
    (app / "app.config").write_text("CONFIG_NUM_PRIORITIES=20\nCONFIG_PRINT_BUFFER=200\nCONFIG_ISR_PRINT_BUFFER=200\n")
    one = tmp_path / "one.config"
    one.write_text("CONFIG_PRINT_BUFFER=300\nCONFIG_ISR_PRINT_BUFFER=300\nCONFIG_MAIN_STACK_SIZE=3072\n")
    two = tmp_path / "two.config"
    two.write_text("CONFIG_ISR_PRINT_BUFFER=400\nCONFIG_THREAD_NAME_MAX=30\nCONFIG_MAIN_PRIORITY=4\n")
    (build_dir / "user.config").write_text("CONFIG_THREAD_NAME_MAX=40\nCONFIG_MAIN_PRIORITY=5\n")
    result = build("mine", board_roots=[boards], app=app, profile="minimal", configs=[one, two],
                   settings=["MAIN_PRIORITY=6"])
    configuration = result.model.configuration
    values = {name: configuration.option(name).value for name in [*names, "THREAD_NAME_MAX", "MAIN_PRIORITY"]}
    assert values == {
        "MAX_THREADS": 8,            # the profile overrides the board's default
        "NUM_PRIORITIES": 20,        # the application overrides the profile
        "STACK_SIZE_MIN": 1024,      # of the profile alone
        "MAIN_STACK_SIZE": 3072,     # the first fragment overrides the profile
        "PRINT_BUFFER": 300,         # the first fragment overrides the application
        "ISR_PRINT_BUFFER": 400,     # the second fragment overrides the first
        "THREAD_NAME_MAX": 40,       # the menu's delta overrides fragments
        "MAIN_PRIORITY": 6,          # the command line overrides everything
    }
    origins = {one.name: one.origin.stable for one in configuration.merge}
    minimal = (root / "config/profiles/minimal.config").read_text()
    lines = {line.split("=")[0].removeprefix("CONFIG_"): f"config/profiles/minimal.config:{number}"
             for number, line in enumerate(minimal.splitlines(), 1)}
    assert origins["MAX_THREADS"] == lines["MAX_THREADS"]
    assert origins["NUM_PRIORITIES"] == "app/app.config:1"
    assert origins["ISR_PRINT_BUFFER"] == "two.config:1"
    assert origins["THREAD_NAME_MAX"] == "user.config:1"
    assert origins["MAIN_PRIORITY"] == "--set MAIN_PRIORITY=6"
    overridden = {one.name: [earlier.origin.stable for earlier in one.overridden] for one in configuration.merge}
    assert overridden["ISR_PRINT_BUFFER"] == ["one.config:2", "app/app.config:3", lines["ISR_PRINT_BUFFER"]]
    assert overridden["MAIN_PRIORITY"] == ["user.config:2", "two.config:3"]
    report = generator.merge_report(configuration)
    assert any("MAX_THREADS" in line and " 8 " in line and lines["MAX_THREADS"] in line for line in report)
    assert any("overrides 10 of" in line and "mine/defaults.config:1" in line for line in report)


def test_a_profile_by_name_is_a_fragment(small_tree, fragment) -> None:
    assert small_tree.value("FEATURE", configs=["loud"]) is True
    assert small_tree.value("FEATURE", configs=["loud", fragment("CONFIG_FEATURE=n")]) is False
    assert small_tree.value("FEATURE", configs=[fragment("CONFIG_FEATURE=n"), "loud"]) is True


def test_a_file_goes_before_a_profile_of_its_name(small_tree, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loud").write_text("# CONFIG_FEATURE is not set\n")
    assert small_tree.value("FEATURE", configs=["loud"]) is False


def test_settings_override_in_order(small_tree) -> None:
    assert small_tree.value("BIG", settings=["BIG=1", "CONFIG_BIG=2"]) == 2
    assert small_tree.value("LABEL", settings=["LABEL=plain text"]) == "plain text"
    assert small_tree.value("LABEL", settings=['LABEL="quoted \\" text"']) == 'quoted " text'
    assert small_tree.value("LABEL", settings=["LABEL="]) == ""


# ---- choices --------------------------------------------------------------------------------------------------------


def test_a_later_member_replaces_an_earlier_one(small_tree, fragment) -> None:
    first = fragment("CONFIG_MODE_B=y", name="first.config")
    result = small_tree.generate(configs=[first], settings=["MODE_A=y"])
    configuration = result.model.configuration
    assert configuration.option("MODE_A").value is True and configuration.option("MODE_B").value is False
    merged = {assignment.name: assignment for assignment in configuration.merge}
    assert "MODE_B" not in merged
    assert [earlier.name for earlier in merged["MODE_A"].overridden] == ["MODE_B"]
    assert any("overrides MODE_B = y of" in line for line in generator.merge_report(configuration))


def test_n_for_members_is_legal(small_tree, fragment) -> None:
    lines = ["# CONFIG_MODE_A is not set", "CONFIG_MODE_B=y", "CONFIG_MODE_C=n"]
    assert small_tree.value("MODE_B", configs=[fragment(*lines)]) is True


def test_n_takes_back_an_earlier_choice(small_tree, fragment) -> None:
    assert small_tree.value("MODE_A", configs=[fragment("CONFIG_MODE_B=y")], settings=["MODE_B=n"]) is True


def test_a_complete_configuration_is_a_fragment(small_tree, tmp_path: Path) -> None:
    small_tree.generate(settings=["FEATURE=y", "LEVEL=7", "MODE_C=y", "LABEL=other"])
    saved = tmp_path / "saved.config"
    saved.write_bytes((tmp_path / "small-build/generated/.config").read_bytes())
    assert small_tree.value("LEVEL", configs=[saved]) == 7
    assert small_tree.value("LABEL", configs=[saved]) == "other"
    assert small_tree.value("MODE_C", configs=[saved]) is True


def test_a_number_can_be_withdrawn(small_tree, fragment) -> None:
    first = fragment("CONFIG_BIG=7", name="first.config")
    second = fragment("# CONFIG_BIG is not set", name="second.config")
    assert small_tree.value("BIG", configs=[first, second]) == 5_000_000_000


# ---- assignments that do not hold -----------------------------------------------------------------------------------

MISTAKES = {
    "unmet dependency": (
        ["", "CONFIG_OFF=y", "CONFIG_LEVEL=3"],
        ":3: LEVEL=3 does not take effect: a dependency is not met\n"
        "  result:   LEVEL has no value\n"
        "  needs:    FEATURE && !OFF\n"
        "  where:    FEATURE = n (the default)\n"
        "            OFF = y (@:2)\n"
        "  declared: *core/demo/Kconfig:7\n"
        "  remedy:   make that true, or remove the assignment",
    ),
    "unmet dependency on an option": (
        ["CONFIG_MODE_C=y"],
        ":1: MODE_C=y does not take effect: a dependency is not met\n"
        "  result:   MODE_C is n\n"
        "  needs:    FEATURE\n"
        "  where:    FEATURE = n (the default)\n"
        "  declared: *core/demo/Kconfig:56\n"
        "  remedy:   set CONFIG_FEATURE=y as well, or remove the assignment",
    ),
    "choice that is not there": (
        ["CONFIG_OFF=y", "CONFIG_MODE_B=y"],
        ":2: MODE_B=y does not take effect: a dependency is not met\n"
        "  result:   MODE_B is n\n"
        "  needs:    !OFF\n"
        "  where:    OFF = y (@:1)",
    ),
    "two members": (
        ["CONFIG_MODE_A=y", "CONFIG_MODE_B=y"],
        ":2: MODE_B and MODE_A are both set to y, and only one of them can be\n"
        "  first:    @:1\n"
        "  choice:   Mode",
    ),
    "the default member off": (
        ["CONFIG_MODE_A=n"],
        ":1: MODE_A=n does not take effect: MODE_A is what its choice falls back on\n"
        "  result:   MODE_A is y\n"
        "  choice:   Mode",
    ),
    "above the range": (
        ["CONFIG_FEATURE=y", "CONFIG_LEVEL=11"],
        ":2: LEVEL=11 is out of range\n  allowed:  1 to 10\n  result:   LEVEL is 5\n",
    ),
    "below the range": (["CONFIG_FEATURE=y", "CONFIG_LEVEL=-1"], ":2: LEVEL=-1 is out of range\n  allowed:  1 to 10\n"),
    "hexadecimal range": (["CONFIG_ADDRESS=0x10"],
                          ":1: ADDRESS=0x10 is out of range\n  allowed:  0x100 to 0xffff0000\n"),
    "selected": (
        ["CONFIG_USER=y", "# CONFIG_NEEDED is not set"],
        ":2: NEEDED=n does not take effect: another option needs NEEDED\n"
        "  result:      NEEDED is y\n"
        "  selected by: USER = y (@:1)\n",
    ),
    "computed": (
        ['CONFIG_DEMO_BACKEND_CLASS="Other"'],
        ':1: DEMO_BACKEND_CLASS="Other" does not take effect: DEMO_BACKEND_CLASS is computed, nobody can set it\n'
        '  result:   DEMO_BACKEND_CLASS is "Quick"\n',
    ),
    "fact of the board": (["CONFIG_ARCH_X86_64=y"], ":1: ARCH_X86_64=y does not take effect: ARCH_X86_64 is computed"),
    "undefined": (["CONFIG_FEATURES=y"], ":1: there is no option FEATURES\n  remedy: did you mean `FEATURE`?"),
    "undefined, n": (["# CONFIG_FETURE is not set"],
                     ":1: there is no option FETURE\n  remedy: did you mean `FEATURE`?"),
    "a choice by name": (["CONFIG_MODE=y"], ":1: MODE is a choice, not an option\n"
                                            "  remedy: set one of its members to y: MODE_A, MODE_B, MODE_C"),
    "no prefix": (["BIG=7"], ":1: `BIG=7` is not an assignment\n  remedy: write `CONFIG_BIG=7`"),
    "spaces": (["CONFIG_BIG = 7"], ":1: `CONFIG_BIG = 7` is not an assignment\n  remedy: write `CONFIG_BIG=7`,"),
    "no value": (["CONFIG_BIG"], ":1: `CONFIG_BIG` is not an assignment\n  remedy: write CONFIG_NAME=value"),
    "bool word": (["CONFIG_FEATURE=yes"], ":1: `yes` is no value for FEATURE, which is of type bool\n"
                                          "  expected: y or n\n"),
    "module": (["CONFIG_FEATURE=m"], ":1: `m` is no value for FEATURE, which is of type bool"),
    "bool empty": (["CONFIG_FEATURE="], ":1: `` is no value for FEATURE"),
    "number word": (["CONFIG_BIG=many"], ":1: `many` is no value for BIG, which is of type int\n"
                                         "  expected: a whole number in decimal"),
    "number in quotes": (['CONFIG_BIG="7"'], ':1: `"7"` is no value for BIG'),
    "number in hexadecimal": (["CONFIG_BIG=0x7"], ":1: `0x7` is no value for BIG"),
    "number without end": ([f"CONFIG_BIG={'9' * 5000}"], " is no value for BIG"),
    "hexadecimal word": (["CONFIG_ADDRESS=0xzz"], ":1: `0xzz` is no value for ADDRESS, which is of type hex"),
    "text without quotes": (["CONFIG_LABEL=text"], ':1: `text` is no value for LABEL, which is of type string\n'
                                                   '  expected: text in double quotes\n'),
    "text with one quote": (['CONFIG_LABEL="text'], ':1: `"text` is no value for LABEL'),
    "set twice": (["CONFIG_BIG=1", "", "CONFIG_BIG=2"], ":3: BIG is set twice, to 1 and 2\n  first:  @:1\n"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str, small_tree, fragment, mistake) -> None:
    lines, expected = MISTAKES[name]
    path = fragment(*lines)
    message = mistake(small_tree.generate, configs=[path])
    expected = expected.replace("@", str(path)).replace("*", f"{small_tree.path}/")
    assert expected in message
    assert message.startswith(f"{path}:")
    assert "Traceback" not in message and "remedy" in message or "expected" in message


def test_mistakes_of_the_command_line(small_tree, mistake) -> None:
    message = mistake(small_tree.generate, settings=["LEVEL=3"])
    assert message.startswith("--set LEVEL=3: LEVEL=3 does not take effect: a dependency is not met")
    assert mistake(small_tree.generate, settings=["LEVEL"]).startswith("--set LEVEL: `LEVEL` is not an assignment")
    assert "there is no option LVL" in mistake(small_tree.generate, settings=["LVL=3"])
    assert "there is no such file, nor a profile" in mistake(small_tree.generate, configs=["lod"])
    assert "did you mean `loud`?" in mistake(small_tree.generate, configs=["lod"])
    assert "there is no profile `dfault`" in mistake(small_tree.generate, profile="dfault")
    assert "there is no application folder" in mistake(small_tree.generate, app="/nowhere/at/all")
    assert "did you mean `small`?" in mistake(generator.generate, generator.make_request(
        "smal", small_tree.path / "b", tree=small_tree.path))


def test_an_overridden_assignment_is_not_judged(small_tree, fragment) -> None:
    path = fragment("CONFIG_BIG=1", "CONFIG_ADDRESS=0x1")
    assert small_tree.value("ADDRESS", configs=[path], settings=["ADDRESS=0x200"]) == 0x200


def test_the_same_twice_is_harmless(small_tree, fragment) -> None:
    assert small_tree.value("BIG", configs=[fragment("CONFIG_BIG=1", "CONFIG_BIG=1")]) == 1


def test_line_ends_of_windows(small_tree, tmp_path: Path) -> None:
    path = tmp_path / "windows.config"
    path.write_bytes(b"\xef\xbb\xbf# comment\r\nCONFIG_BIG=1\r\n")
    assert small_tree.value("BIG", configs=[path]) == 1


def test_a_fragment_that_is_no_text(small_tree, tmp_path: Path, mistake) -> None:
    path = tmp_path / "binary.config"
    path.write_bytes(b"CONFIG_BIG=1\n\xff\xfe\n")
    assert mistake(small_tree.generate, configs=[path]).startswith(f"{path}:2: byte 0xff is not valid UTF-8")


# ---- relations between options --------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings, expected", [
    (["MAIN_PRIORITY=40"], "--set MAIN_PRIORITY=40: MAIN_PRIORITY < NUM_PRIORITIES does not hold: MAIN_PRIORITY is 40, "
                           "NUM_PRIORITIES is 32\n"),
    (["NUM_PRIORITIES=8", "MAIN_PRIORITY=8"], "--set MAIN_PRIORITY=8: MAIN_PRIORITY < NUM_PRIORITIES does not hold"),
    (["STACK_SIZE_DEFAULT=1024"], "--set STACK_SIZE_DEFAULT=1024: a spawn with the default stack would always be refused, since what was spawned "
                                  "lies above the least stack: 1024 >= 2176 does not hold\n"
                                  "  largest:  STACK_SIZE_DEFAULT = 1024 (--set STACK_SIZE_DEFAULT=1024)\n"
                                  "  limit:    STACK_SIZE_MIN + 128\n"),
    (["MAIN_STACK_SIZE=2100"], "--set MAIN_STACK_SIZE=2100: the main thread's stack is one like the others"),
    (["STACK_SIZE_MIN=131072"], "--set STACK_SIZE_MIN=131072: a spawn with the default stack would always be refused"),
])
def test_constraint(settings: list[str], expected: str, build, mistake) -> None:
    message = mistake(build, settings=settings)
    assert expected in message and "remedy" in message


def test_a_constraint_names_the_line(build, fragment, mistake) -> None:
    path = fragment("CONFIG_NUM_PRIORITIES=4", "CONFIG_MAIN_PRIORITY=4")
    message = mistake(build, configs=[path])
    assert message.startswith(f"{path}:2: MAIN_PRIORITY < NUM_PRIORITIES does not hold")
    assert f"NUM_PRIORITIES = 4 ({path}:1)" in message


@pytest.mark.parametrize("text, expected", [
    ("- check: LEVEL <\n  reason: x\n  remedy: y\n", "constraints.yaml:1: not a constraint"),
    ("- check: LEVEL < BIGG\n  reason: x\n  remedy: y\n", "constraints.yaml:1: there is no option BIGG"),
])
def test_a_wrong_constraint(text: str, expected: str, small_tree, mistake) -> None:
    (small_tree.path / "config/schema/constraints.yaml").write_text(text)
    assert expected in mistake(small_tree.generate)


# ---- Kconfig files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text, expected", [
    ("config X\n\tbool \"X\n", "core/demo/Kconfig:+1: couldn't parse 'bool \"X': unterminated string"),
    ("config X\n\tfloat\n", "core/demo/Kconfig:+1: couldn't parse"),
    ('config X\n\tbool "X"\n\tdepends on FEATUR\n', "core/demo/Kconfig:+0: there is no option FEATUR"),
    ('config X\n\tint "X"\n\tdefault 5\n\trange 10 1\n', "core/demo/Kconfig:+0: X has an empty range: 10 to 1"),
    ('config X\n\tint "X"\n\tdefault y\n', "core/demo/Kconfig:+0: the int symbol X has a non-int default y"),
    ('config X\n\tint "X"\n', "core/demo/Kconfig:+0: X is a number without a default"),
    ('config X\n\ttristate "X"\n', "core/demo/Kconfig:+0: X is of type tristate"),
    ('config X\n\tbool "X"\n\tselect LEVEL\n', "core/demo/Kconfig:+0: X selects the int symbol LEVEL, which is not"),
    ('config X\n\tbool "X"\n\tdepends on Y\nconfig Y\n\tbool "Y"\n\tdepends on X\n',
     "core/demo/Kconfig:+0: options depend on each other in a circle: X -> Y -> X"),
    ('config X\n\tbool "X"\n\tdefault y\n\tselect Y\nconfig Y\n\tbool "Y"\n\tdepends on OFF\n',
     "core/demo/Kconfig:+0: X selects Y, whose dependency is not met\n  needs:  OFF\n"),
    ('rsource "nowhere/Kconfig"\n', "core/demo/Kconfig:+0: 'core/demo/nowhere/Kconfig' not found"),
    ('config DEFAULT\n\tbool "X"\n', "core/demo/Kconfig:+0: DEFAULT would be the C++ constant `default`"),
    ('config LEAP\n\tbool "X"\n', "core/demo/Kconfig:+0: LEAP would be the C++ constant `leap`, as LEAP_NS is"),
    ('config DEMO_DEMO_CLASS\n\tstring\n\tdefault "A"\nconfig DEMO_DEMO_HEADER\n\tstring\n\tdefault "b.hpp"\n',
     "the header demo.hpp is already that of a subsystem"),
])
def test_a_wrong_kconfig_file(text: str, expected: str, small_tree, mistake) -> None:
    first_line = small_tree.add_options(text)
    message = mistake(small_tree.generate)
    expected = re.sub(r":\+(\d+)", lambda match: f":{first_line + int(match.group(1))}", expected)
    assert expected in message and "Traceback" not in message


def test_an_option_in_the_root(small_tree, mistake) -> None:
    path = small_tree.path / "Kconfig"
    path.write_text(path.read_text() + 'config ROOTED\n\tbool "X"\n')
    assert "Kconfig:5: an option in the root Kconfig has no header to go to" in mistake(small_tree.generate)


def test_two_folders_of_one_name(small_tree, mistake) -> None:
    (small_tree.path / "other/demo").mkdir(parents=True)
    (small_tree.path / "other/demo/Kconfig").write_text('config OTHER\n\tbool "Other"\n')
    path = small_tree.path / "Kconfig"
    path.write_text(path.read_text() + 'rsource "other/demo/Kconfig"\n')
    assert "other/demo/Kconfig:1: a second folder is called `demo`" in mistake(small_tree.generate)


def test_wildcards_in_the_path_of_the_tree(small_tree, tmp_path: Path, mistake) -> None:
    small_tree.path = small_tree.path.rename(tmp_path / "tree [1]")
    assert "wildcards" in mistake(small_tree.generate)


def test_a_default_that_the_range_moves_is_no_mistake(small_tree) -> None:
    small_tree.add_options('config X\n\tint "X"\n\trange BIG 9000000000\n\tdefault 5\n')
    assert small_tree.value("X") == 5_000_000_000


# ---- real options ---------------------------------------------------------------------------------------------------


# What a board cannot have, by the words of its description: the profile that asks for it, and what the refusal names.
LACKS = (
    ("driver: clint", "hardened", ("STACK_GUARDS", "RISCV_MACHINE_MODE")),
    ("count: 1 ", "smp", ("CPUS=4", "BOARD_CPU_COUNT")),
)


def test_profiles_are_legal_on_every_board(root: Path, build, mistake, tmp_path: Path) -> None:
    profiles = sorted(path.stem for path in (root / "config/profiles").glob("*.config"))
    for path in sorted((root / "boards").glob("qemu-*/board.yaml")):
        text = " ".join(path.read_text().split())
        for profile in profiles:
            words = [expected for fact, lacking, expected in LACKS if lacking == profile and fact in text]
            if words:
                message = mistake(build, path.parent.name, build_dir=tmp_path / path.parent.name, profile=profile)
                assert all(word in message for word in words[0])
            else:
                build(path.parent.name, build_dir=tmp_path / path.parent.name, profile=profile)


def test_options_have_help_and_ranges(root: Path, tmp_path: Path) -> None:
    from generator.boards import find_board
    from generator.pipeline import open_menu
    from generator.request import make_places
    from kconfiglib import INT

    menu = open_menu(make_places(tmp_path / "build"), find_board("qemu-riscv64-virt"))
    for symbol in menu.symbols:
        if menu.declared(symbol).file.path == menu.board_kconfig:
            continue
        assert any(node.help for node in symbol.nodes), f"{symbol.name} has no help text"
        assert symbol.orig_type != INT or symbol.ranges, f"{symbol.name} has no range"
