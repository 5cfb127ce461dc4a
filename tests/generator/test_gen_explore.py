"""Random and pairwise configurations: legal by the generator's own word, the same for the same seed, and no corner left out."""
from __future__ import annotations

import datetime
from itertools import combinations, product
from pathlib import Path

import pytest

import generator
from generator.constraints import Sum, parse_constraint
from generator.explore.pairs import cover_pairs
from generator.explore.random_configuration import random_configuration
from generator.explore.space import Space
from generator.sources import InputFile, Location

BOARDS = ("host", "qemu-aarch64-virt", "qemu-riscv64-virt", "qemu-x86_64-q35")
KEPT = ("HOST_FUZZER",)
DRAWN = 40
GENERATED = 3

TODAY = datetime.datetime.now(datetime.timezone.utc).date().toordinal() * 1000
"""The first of the seeds of the day."""


@pytest.fixture(scope="module", params=BOARDS)
def space(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Space:
    """What can be set on a board."""
    return Space(generator.make_request(request.param, tmp_path_factory.mktemp("space")), KEPT)


@pytest.fixture
def small_space(small_tree, tmp_path: Path):
    """What can be set in the small tree, with constraints."""
    def make(constraints: str = "[]\n", **arguments: object) -> Space:
        (small_tree.path / "config/schema/constraints.yaml").write_text(constraints)
        return Space(generator.make_request("small", tmp_path / "build", tree=small_tree.path, **arguments))

    return make


# ---- random configurations ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [0, TODAY], ids=["fixed", "of the day"])
def test_random_configurations_are_legal(first: int, space: Space) -> None:
    seen = set()
    for seed in range(first, first + DRAWN):
        drawn = random_configuration(space, seed)
        assert space.complaint(drawn.values) == "", seed
        seen.add(tuple(drawn.values.items()))
    assert len(seen) == DRAWN


@pytest.mark.parametrize("first", [0, TODAY], ids=["fixed", "of the day"])
def test_what_is_drawn_is_what_is_generated(first: int, space: Space, fragment, build) -> None:
    """By the way that users take: the fragment as a file, and every output."""
    for seed in range(first, first + GENERATED):
        drawn = random_configuration(space, seed)
        path = fragment(*drawn.fragment(space.menu).splitlines())
        options = build(space.state.board.name, configs=[path]).model.configuration
        for name, value in drawn.values.items():
            option = options.option(name)
            shown = {True: "y", False: "n"}.get(option.value, str(option.value)) if isinstance(option.value, bool) else str(option.value)
            assert (shown, option.unmet) == (value, ""), (seed, name)


def test_the_same_seed_is_the_same_configuration(space: Space) -> None:
    assert random_configuration(space, 3) == random_configuration(space, 3) != random_configuration(space, 4)


def test_every_corner_is_drawn(small_space) -> None:
    """Members of choices, both truth values, both ends of ranges, and the default; text is left alone."""
    space = small_space()
    drawn = [random_configuration(space, seed).values for seed in range(300)]
    values = {name: {one[name] for one in drawn if name in one} for name in {name for one in drawn for name in one}}
    assert {"FEATURE", "OFF", "NEEDED", "USER", "LEVEL", "MODE_A", "MODE_B", "MODE_C", "ADDRESS"} == set(values)
    assert values["FEATURE"] == {"y", "n"} and values["MODE_C"] == {"y"}
    assert {"1", "2", "9", "10"} <= values["LEVEL"] and {"0x100", "0xffff0000"} <= values["ADDRESS"]
    assert any("FEATURE" not in one for one in drawn)
    # What a number without a range could be, nobody knows.
    assert "BIG" not in values


def test_what_somebody_set_stays(small_space) -> None:
    space = small_space(settings=["FEATURE=y", "MODE_B=y"])
    drawn = [random_configuration(space, seed).values for seed in range(100)]
    assert not any({"FEATURE", "MODE_A", "MODE_B", "MODE_C"} & set(one) for one in drawn)
    assert any("LEVEL" in one for one in drawn) and not any("OFF" in one and one["OFF"] == "y" for one in drawn)


def test_constraints_hold(small_space) -> None:
    rule = "- check: LEVEL * 2 + 3 {} FLOOR\n  reason: r\n  remedy: m\n"
    for relation, holds in (("<", lambda a, b: a < b), (">=", lambda a, b: a >= b)):
        space = small_space(rule.format(relation).replace("FLOOR", "ADDRESS"))
        for seed in range(60):
            values = random_configuration(space, seed).values
            space.reset(values)
            level, address = (space.menu.kconfig.syms[name].str_value for name in ("LEVEL", "ADDRESS"))
            assert not level or holds(int(level) * 2 + 3, int(address, 0)), (relation, seed)


def test_estimates_leave_room(small_space) -> None:
    space = small_space("- check: LEVEL * 100 <= ADDRESS\n  estimate: yes\n  reason: r\n  remedy: m\n", settings=["ADDRESS=0x320"])
    levels = {random_configuration(space, seed).values.get("LEVEL", "5") for seed in range(200)}
    assert levels == {str(number) for number in range(1, 8)}       # 800 less an eighth


# ---- pairs ----------------------------------------------------------------------------------------------------------


def test_pairs_against_all_combinations(small_space) -> None:
    space = small_space(settings=[])
    covering = cover_pairs(space)
    factors = {"FEATURE": "yn", "OFF": "yn", "NEEDED": "yn", "USER": "yn", "MODE": ("MODE_A", "MODE_B", "MODE_C")}
    possible, rows = set(), 0
    for combination in product(*factors.values()):
        asked = dict(zip(factors, combination))
        wanted = {value if name == "MODE" else name: "y" if name == "MODE" else value for name, value in asked.items()}
        space.reset(wanted)
        present = {name: space.value_of(space.menu.kconfig.named_choices[name] if name == "MODE" else space.menu.kconfig.syms[name])
                   for name in factors}
        rows += 1
        possible |= {frozenset(pair) for pair in combinations([(name, value) for name, value in present.items() if value], 2)}
    everything = {frozenset(((one, first), (other, second))) for one, other in combinations(factors, 2)
                  for first in factors[one] for second in factors[other]}
    assert covering.covered == possible
    assert covering.impossible == everything - possible
    assert len(covering.rows) < rows / 3


def test_rows_of_pairs_are_legal_and_cover_what_they_say(space: Space) -> None:
    covering = cover_pairs(space)
    factors = {item.name: item for item in (*space.choices, *(one for one in space.symbols if one.name and space.values_of(one)))}
    seen = set()
    for row in covering.rows:
        assert space.complaint(row.values) == ""
        space.reset(row.values)
        present = [(name, value) for name, item in factors.items() if (value := space.value_of(item))]
        seen |= {frozenset(pair) for pair in combinations(present, 2)}
    wanted = {pair for pair in covering.covered if all(name in factors for name, _ in pair)}
    assert wanted <= seen and len(wanted) > 1000
    # What no architecture can: proportional shares do not go with inheritance, whatever else is set.
    assert frozenset((("SCHED_POLICY", "SCHED_FAIR"), ("MUTEX_PROTOCOL", "MUTEX_INHERITANCE"))) in covering.impossible
    assert len(covering.rows) < 60


# ---- constraints between sums ---------------------------------------------------------------------------------------


def test_sums() -> None:
    total = Sum.parse("A * 2 + B * A + 7")
    assert total.value({"A": 3, "B": 5}) == 28 and total.names == ("A", "B") and str(total) == "A * 2 + B * A + 7"
    place = Location(InputFile("c.yaml", Path("c.yaml"), ""), 1)
    one = parse_constraint({"check": "A + 1 >= B * 2", "reason": "r", "remedy": "m"}, place)
    assert one.holds({"A": 3, "B": 2}) and not one.holds({"A": 2, "B": 2}) and one.names == ("A", "B")
    assert one.concerns(lambda name: True) and not one.concerns(lambda name: name == "A")


def test_a_sum_that_is_too_large_shows_its_largest_terms(build, mistake) -> None:
    message = mistake(build, "qemu-riscv64-virt", settings=["HEAP=y", "HEAP_SIZE_KIB=200000", "MAX_THREADS=100"])
    first, *rest = message.split("\n")
    assert first.startswith("--set HEAP_SIZE_KIB=200000: the board's RAM has no room for these stacks, the heap and the tables: ")
    assert rest[0] == "  largest:  HEAP_SIZE_KIB * 1024 = 204800000 (--set HEAP_SIZE_KIB=200000)" and len(rest) < 9
    assert mistake(build, "qemu-riscv64-virt", settings=["STACK_GUARDS=y", "STACK_GUARD_MIB=2", "MAIN_STACK_SIZE=2097152"]).startswith(
        "--set MAIN_STACK_SIZE=2097152: stacks with guard pages come from these MiB")
