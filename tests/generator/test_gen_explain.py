"""What is said of options: `why`, `search`, `diff`, `lint`, and the page of all of them."""
from __future__ import annotations

from pathlib import Path

import pytest

import generator
from generator.explain.option import OptionReport
from generator.explain.statements import statements
from generator.load.configuration import resolve
from generator.explain.state import open_state

MORE_OPTIONS = """
config BASE
	bool "Base"
	help
	  config NOT_AN_OPTION
	  	default y

config IMPLIES
	bool "Implies"
	imply FEATURE

config TWICE_AS_DEEP
	int "Deep"
	depends on NEEDED && (MODE_B || BIG > 5000000000) && !BASE
	range 1 LEVEL if FEATURE
	range 1 20
	default 3 if MODE_B
	default 4

config DERIVED
	def_bool FEATURE && LEVEL > 7
"""


@pytest.fixture
def tree(small_tree):
    """The small tree with options for which there is something to explain."""
    small_tree.add_options(MORE_OPTIONS)
    return small_tree


@pytest.fixture
def ask(tree, tmp_path: Path):
    """Makes a request of the small tree."""
    def make(**arguments: object):
        return generator.make_request("small", tmp_path / "small-build", tree=tree.path, **arguments)

    return make


@pytest.fixture
def why(ask):
    """Explains an option."""
    def explain(name: str, **arguments: object) -> OptionReport:
        (report,) = generator.explain_option(ask(**arguments), name)
        return report

    return explain


# ---- why ------------------------------------------------------------------------------------------------------------


def line_of(path: Path, text: str, nth: int = 0) -> str:
    """The place of a line for messages."""
    numbers = [number for number, line in enumerate(path.read_text().split("\n"), 1) if line.strip() == text]
    return f"{path}:{numbers[nth]}"


def test_where_a_value_comes_from(tree, why, fragment, tmp_path: Path) -> None:
    path = fragment("# Nothing.", "CONFIG_FEATURE=y", "CONFIG_LEVEL=7", "CONFIG_USER=y")
    user = tmp_path / "small-build/user.config"
    user.parent.mkdir()
    user.write_text("CONFIG_LEVEL=8\n")
    app = tmp_path / "app"
    app.mkdir()
    (app / "app.config").write_text("CONFIG_BIG=3\n")
    arguments = {"configs": [path], "app": app}
    kconfig = tree.kconfig

    def source(name: str, **more: object) -> str:
        return str(why(name, **{**arguments, **more}).source)

    assert source("FEATURE") == f"a fragment, {path}:2"
    assert source("CONFIG_FEATURE", profile="loud", configs=[]) == f"the profile, {tree.path}/config/profiles/loud.config:1"
    assert source("LEVEL") == f"the menu, {user}:1"
    assert source("LEVEL", settings=["LEVEL=9"]) == "the command line, --set LEVEL=9"
    assert source("BIG") == f"the application's configuration, {app}/app.config:1"
    assert source("NEEDED") == f"selected by USER ({line_of(kconfig, 'select NEEDED')})"
    assert source("FEATURE", configs=[], settings=["IMPLIES=y", "LEVEL=5"]) == f"implied by IMPLIES ({line_of(kconfig, 'imply FEATURE')})"
    assert source("ADDRESS") == f"the default, {line_of(kconfig, 'default 0x8000')}"
    assert source("DEMO_BACKEND_CLASS").startswith("the default if MODE_A, ")
    assert source("DEMO_BACKEND_CLASS", settings=["MODE_B=y"]) == f"the default, {line_of(kconfig, chr(100) + 'efault ' + chr(34) + 'Slow' + chr(34))}"
    assert source("MODE_A") == f"its choice, choice MODE is MODE_A: the default, {line_of(kconfig, 'default MODE_A')}"
    assert source("MODE_A", settings=["MODE_B=y"]) == "its choice, choice MODE is MODE_B: the command line, --set MODE_B=y"
    assert source("TWICE_AS_DEEP") == "not in effect"
    assert source("OFF") == "no default"
    assert source("DERIVED").endswith("; it is what FEATURE && LEVEL > 7 is")
    assert source("ARCH_RISCV64") == f"the board file, {tree.board}"


def test_what_was_asked_for_and_what_became_of_it(why, fragment) -> None:
    path = fragment("CONFIG_LEVEL=3", "CONFIG_MODE_B=y", "CONFIG_DERIVED=y")
    level = why("LEVEL", configs=[path], settings=["LEVEL=4", "FEATURE=y"])
    assert [(one.place, one.in_force, one.remark) for one in level.asked] == [
        (f"{path}:1", False, "overridden by --set LEVEL=4"), ("--set LEVEL=4", True, "")]
    assert (level.value, level.allowed) == ("4", "1 to 10")
    # Without an error: that is what explanations are for.
    assert why("LEVEL", configs=[path]).asked[0].remark == "no effect: needs FEATURE"
    assert why("LEVEL", settings=["FEATURE=y", "LEVEL=11"]).asked[0].remark == "no effect: out of range, 1 to 10"
    assert why("DERIVED", configs=[path]).asked[0].remark == "no effect: the option is computed, nobody can set it"
    assert why("NEEDED", settings=["USER=y", "NEEDED=n"]).asked[0].remark == "no effect: selected by USER"
    assert why("MODE_B", configs=[path], settings=["MODE_A=y"]).asked[0].remark == "overridden by --set MODE_A=y"


def test_dependencies_and_their_values(why) -> None:
    needs = why("TWICE_AS_DEEP", settings=["MODE_B=y"]).dependency
    assert needs.text == "NEEDED && (MODE_B || BIG > 5000000000) && !BASE" and not needs.holds
    assert [(leaf.name, leaf.value) for leaf in needs.leaves] == [("NEEDED", "n"), ("MODE_B", "y"), ("BIG", "5000000000"), ("BASE", "n")]
    assert needs.leaves[1].source == "the command line, --set MODE_B=y"
    assert why("FEATURE").dependency is None


CHANGES = {
    "a truth value": ("FEATURE", [], ["FEATURE=y"], "y"),
    "and back": ("FEATURE", ["FEATURE=y"], ["FEATURE=n"], "n"),
    "a dependency": ("LEVEL", [], ["FEATURE=y"], "5"),
    "what a dependency says no to": ("LEVEL", ["FEATURE=y", "OFF=y"], ["OFF=n"], "5"),
    "both, and one of two": ("TWICE_AS_DEEP", ["BASE=y"], ["NEEDED=y", "MODE_B=y", "BASE=n"], "3"),
    "one of two is there": ("TWICE_AS_DEEP", ["BIG=6000000000"], ["NEEDED=y"], "4"),
    "a relation of a computed option": ("DERIVED", [], ["FEATURE=y", "LEVEL=8"], "y"),
    "a member of a choice": ("MODE_C", [], ["FEATURE=y", "MODE_C=y"], "y"),
    "who selects": ("NEEDED", ["USER=y"], ["USER=n"], "n"),
    "a computed text": ("DEMO_BACKEND_CLASS", ["MODE_B=y"], ["MODE_A=y"], '"Quick"'),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_would_change_it(case: str, why, tree) -> None:
    name, settings, expected, result = CHANGES[case]
    first = why(name, settings=settings).changes[0]
    assert (sorted(first.settings), first.result, first.conflict) == (sorted(expected), result, "")
    # It is what the generator makes of it.
    options = tree.generate(settings=[*settings, *first.settings]).model.configuration
    value = options.option(name).value
    assert {True: "y", False: "n"}.get(value, value if isinstance(value, str) else str(value)) == result.strip('"')


def test_the_member_that_is_chosen_names_the_others(why) -> None:
    assert [one.settings for one in why("MODE_A").changes] == [("MODE_B=y",), ("FEATURE=y", "MODE_C=y")]


def test_a_change_that_goes_against_an_assignment_says_so(why) -> None:
    (change,) = why("FEATURE", settings=["FEATURE=y", "LEVEL=3"]).changes
    assert change.settings == ("FEATURE=n",) and change.conflict.startswith("--set LEVEL=3: LEVEL=3 does not take effect")


def test_what_nobody_can_change(why) -> None:
    assert why("ARCH_RISCV64").changes == ()


def test_a_choice_is_explained_by_its_members(ask) -> None:
    reports = generator.explain_option(ask(settings=["MODE_B=y"]), "MODE")
    assert [(one.name, one.value) for one in reports] == [("MODE_A", "n"), ("MODE_B", "y"), ("MODE_C", "n")]


def test_who_uses_an_option(why, tree) -> None:
    source = tree.path / "core/demo/demo.cpp"
    source.write_text("// config::level\nint x = config::level;\nint y = config::levels + pegplan::config::wait;\n"
                      "#include <pegplan/config/backend.hpp>\n")
    (tree.path / "core/core.cmake").write_text("# CONFIG_FEATURE\nif(CONFIG_FEATURE)\nendif()\n")

    def uses(name: str) -> list[str]:
        return [f"{use.path.name}:{use.line}" for use in why(name).uses]

    assert uses("LEVEL") == ["demo.cpp:2", f"Kconfig:{line_of(tree.kconfig, 'range 1 LEVEL if FEATURE').rpartition(':')[2]}",
                             f"Kconfig:{line_of(tree.kconfig, 'def_bool FEATURE && LEVEL > 7').rpartition(':')[2]}"]
    assert uses("WAIT_MS") == ["demo.cpp:3"]       # a duration's constant has no unit
    assert uses("FEATURE")[0] == "core.cmake:2"
    assert uses("DEMO_BACKEND_CLASS") == ["demo.cpp:4"]
    assert uses("BOTTOM") == []
    report = why("DEMO_BACKEND_CLASS")
    assert (report.constant, report.header) == ("demo::Backend", "pegplan/config/backend.hpp")


def test_an_unknown_option(why, mistake) -> None:
    assert mistake(why, "FEATRE") == "there is no option FEATRE\n  remedy: did you mean `FEATURE`?"


def test_explaining_changes_no_file_but_the_boards_facts(why, tmp_path: Path) -> None:
    why("FEATURE")
    assert [path.name for path in (tmp_path / "small-build").rglob("*") if path.is_file()] == ["Kconfig.board"]


def test_statements_know_help_and_comments() -> None:
    text = ("config A  # not B\n\tbool \"x # y\"\n\thelp\n\n\t  config C\n\t    default y\n\n\t  more\n\tdefault y if \\\n\t\tD\n\n"
            "choice E\n\tdefault F\nendchoice\nif G\nendif\n")
    assert [(one.line, one.keyword, one.text, one.entry) for one in statements(text)] == [
        (1, "config", "A", "A"), (2, "bool", '"x # y"', "A"), (9, "default", "y if  \t\tD", "A"), (12, "choice", "E", "E"),
        (13, "default", "F", "E"), (14, "endchoice", "", ""), (15, "if", "G", ""), (16, "endif", "", "")]


# ---- search and diff ------------------------------------------------------------------------------------------------


def test_search_puts_whole_words_first(ask, tree, mistake) -> None:
    tree.add_options('config MODERN\n\tbool "Demode"\n\nconfig PLAIN\n\tbool "No"\n\thelp\n\t  Has nothing of the mode.\n')
    names = [hit.name for hit in generator.search_options(ask(), ["mode"])]
    assert names == ["MODE_A", "MODE_B", "MODE_C", "PLAIN", "MODERN"]
    assert [hit.name for hit in generator.search_options(ask(), ["mode", "c"])] == ["MODE_C"]
    assert mistake(generator.search_options, ask(), ["fature"]) == \
        "no option has `fature` in its name, prompt or help\n  remedy: did you mean `feature`?"


def test_diff_tells_both_values_and_their_sources(ask, fragment) -> None:
    path = fragment("CONFIG_FEATURE=y", "CONFIG_LABEL=\"x\"")
    found = {one.name: one for one in generator.compare_configurations(ask(), ask(configs=[path]))}
    assert sorted(found) == ["FEATURE", "LABEL", "LEVEL"]
    assert (found["FEATURE"].before.value, found["FEATURE"].after.value) == ("n", "y")
    assert found["FEATURE"].after.source == f"a fragment, {path}:1" and not found["FEATURE"].follows
    assert found["LABEL"].before.value == '"a \\"b\\" \\\\ c"'
    assert (found["LEVEL"].before.value, found["LEVEL"].after.value, found["LEVEL"].follows) == ("-", "5", True)
    assert found["LEVEL"].before.source == "not in effect: needs FEATURE"
    assert generator.compare_configurations(ask(), ask()) == ()


# ---- lint -----------------------------------------------------------------------------------------------------------


def test_the_tree_is_clean(root: Path, tmp_path: Path) -> None:
    for app in (None, root / "tests/fuzz/api"):
        found = generator.lint(generator.make_request("host", tmp_path / "build", app=app))
        assert not found, "\n".join(map(str, found))


LINT_MENU = {
    "select of a prompt": ("config S\n\tbool \"S\"\n\tselect FEATURE\n\thelp\n\t  S.\n", 3, "select", "S selects FEATURE, which has a prompt"),
    "select of what depends": ("config H\n\tbool\n\tdepends on OFF\n\nconfig S\n\tbool \"S\"\n\tselect H if FEATURE\n\thelp\n\t  S.\n", 7, "select",
                               "S selects H, which depends on OFF"),
    "no help": ("config S\n\tbool \"S\"\n", 1, "help", "S has a prompt and no help"),
    "no range": ("config S\n\tint \"S\"\n\tdefault 3\n\thelp\n\t  S.\n", 1, "range", "S is a number without a range"),
    "a default that never is": ("config S\n\tint \"S\"\n\trange 5 9\n\tdefault 3\n\thelp\n\t  S.\n", 4, "default",
                                "S has the default 3, outside of its range 5 to 9"),
    "used by nobody": ("config S\n\tbool\n", 1, "unused", "nothing uses S"),
    "defined twice": ("config S\n\tbool\n\nconfig S\n\tdefault y\n", 4, "twice", "S is defined a second time"),
    "the same prompt": ("config S\n\tbool \"Off\"\n\thelp\n\t  S.\n", 1, "prompt", "S has the prompt of OFF"),
}


@pytest.mark.parametrize("case", LINT_MENU)
def test_lint_of_the_menu(case: str, small_tree, tmp_path: Path) -> None:
    text, line, rule, problem = LINT_MENU[case]
    first = small_tree.add_options(text)
    (small_tree.path / "core/demo/demo.cpp").write_text("" if rule == "unused" else "int x = config::s;\n")
    found = generator.lint(generator.make_request("small", tmp_path / "build", tree=small_tree.path))
    assert (rule, first + line - 1, problem) in [(one.rule, one.place.line, one.problem) for one in found]
    # The other rules are silent about it, but for the small tree's own options and what the rule brings along.
    others = [one for one in found if one.place.line >= first and one.rule != rule]
    assert not others, others


def test_lint_of_fragments(small_tree, tmp_path: Path, fragment) -> None:
    request = generator.make_request("small", tmp_path / "build", tree=small_tree.path)

    def found(*lines: str) -> list[tuple[int, str]]:
        path = fragment(*lines)
        return [(one.place.line, one.rule) for one in generator.lint(request, [str(path)]) if one.place.file.path == path]

    assert found("CONFIG_FEATURE=y", "CONFIG_LEVEL=7") == []
    assert found("CONFIG_FEATURE=y", "CONFIG_LEVEL=5", "# CONFIG_OFF is not set") == [(2, "assigns-default"), (3, "assigns-default")]
    assert found("CONFIG_LEVEL=5") == [(1, "no-effect")]
    assert found("CONFIG_FEATURE=y", "CONFIG_FEATURE=y") == [(2, "twice")]
    assert found("CONFIG_ABSENT=y") == [(1, "no-effect")]


def test_what_is_default_on_one_board_only_is_no_finding(root: Path, tmp_path: Path) -> None:
    fragment = tmp_path / "guards.config"
    request = generator.make_request("host", tmp_path / "build")
    fragment.write_text("CONFIG_STACK_GUARDS=y\n")
    assert generator.lint(request, [str(fragment)]) == ()
    fragment.write_text("CONFIG_TICKLESS=y\n")
    assert [one.rule for one in generator.lint(request, [str(fragment)])] == ["assigns-default"]


# ---- the page -------------------------------------------------------------------------------------------------------


def test_the_page_of_options_is_current(root: Path, tmp_path: Path) -> None:
    texts = {generator.options_page(generator.make_request(board, tmp_path / board)) for board in ("host", "qemu-riscv64-virt")}
    assert len(texts) == 1, "the page depends on the board"
    assert texts.pop() == (root / "docs/options.md").read_text(), "run scripts/pegplan options --write"


def test_the_page_has_each_option_once(root: Path, tmp_path: Path) -> None:
    request = generator.make_request("host", tmp_path)
    text = generator.options_page(request)
    state = open_state(request)
    for option in resolve(state.menu, (), ()).options:
        heading = f"\n### {option.name}\n" if option.subsystem else f"\n- `{option.name}` ("
        assert text.count(heading) == 1, option.name
