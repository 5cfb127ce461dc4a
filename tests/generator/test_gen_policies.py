"""What the menu allows and refuses with each scheduling policy: the table of docs/scheduling.md."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

POLICIES = ("FIXED_PRIORITY", "ROUND_ROBIN", "EDF", "FAIR")
BY_TIME = ("EDF", "FAIR")

REFUSED = [
    *((policy, ("MUTEX_INHERITANCE=y",), "MUTEX_INHERITANCE=y does not take effect") for policy in BY_TIME),
    *((policy, ("MUTEX_CEILING=y",), "MUTEX_CEILING=y does not take effect") for policy in BY_TIME),
    *((policy, ("CPUS=2", "SCHED_GLOBAL=y"), "SCHED_GLOBAL=y does not take effect") for policy in BY_TIME),
    ("EDF", ("CPUS=2", "SCHED_PARTITIONED=y", "SCHED_STEALING=y"), "SCHED_STEALING=y does not take effect"),
    ("FIXED_PRIORITY", ("CPUS=2", "SCHED_GLOBAL=y", "SCHED_STEALING=y"), "SCHED_STEALING=y does not take effect"),
    ("EDF", ("TICK_PERIODIC=y",), "SCHED_EDF=y does not take effect"),
    ("FAIR", ("TIME_SLICING=n",), "SCHED_FAIR=y does not take effect"),
]

ALLOWED = [
    *((policy, ("TICK_PERIODIC=y",)) for policy in POLICIES if policy != "EDF"),
    *((policy, ("TIME_SLICING=n",)) for policy in POLICIES if policy != "FAIR"),
    *((policy, ("MUTEX_PLAIN=y",)) for policy in POLICIES),
    *((policy, (f"{protocol}=y",)) for policy in POLICIES[:2] for protocol in ("MUTEX_INHERITANCE", "MUTEX_CEILING")),
    *((policy, ("CPUS=2", "SCHED_GLOBAL=y")) for policy in POLICIES[:2]),
    *((policy, ("CPUS=2", "SCHED_PARTITIONED=y")) for policy in POLICIES),
    *((policy, ("CPUS=2", "SCHED_PARTITIONED=y", "SCHED_STEALING=y")) for policy in POLICIES if policy != "EDF"),
]


def name(case: tuple) -> str:
    return "-".join((case[0], *case[1]))


@pytest.mark.parametrize("policy, settings, words", REFUSED, ids=[name(case) for case in REFUSED])
def test_refused(build, mistake, policy, settings, words) -> None:
    message = mistake(build, settings=[f"SCHED_{policy}=y", *settings])
    assert words in message
    assert "a dependency is not met" in message


@pytest.mark.parametrize("policy, settings", ALLOWED, ids=[name(case) for case in ALLOWED])
def test_allowed(build, policy, settings) -> None:
    configuration = build(settings=[f"SCHED_{policy}=y", *settings]).model.configuration
    for setting in settings:
        option, value = setting.split("=")
        assert configuration.option(option).value == {"y": True, "n": False}.get(value, 2)


@pytest.mark.parametrize("policy", BY_TIME)
def test_what_is_refused_is_not_the_default(build, policy) -> None:
    """Who chooses such a policy alone gets what goes with it."""
    configuration = build(settings=[f"SCHED_{policy}=y", "CPUS=2"]).model.configuration
    assert configuration.option("MUTEX_PLAIN").value
    assert configuration.option("SCHED_PARTITIONED").value


@pytest.mark.parametrize("policy, klass, header", [
    ("FIXED_PRIORITY", "FixedPriority", "core/sched/fixed_priority.hpp"),
    ("ROUND_ROBIN", "RoundRobin", "core/sched/round_robin.hpp"),
    ("EDF", "Edf", "core/sched/edf.hpp"),
    ("FAIR", "FairShare", "core/sched/fair_share.hpp"),
])
def test_class(build, root: Path, tmp_path: Path, policy, klass, header) -> None:
    build(settings=[f"SCHED_{policy}=y"])
    text = (tmp_path / "build/generated/pegplan/config/policy.hpp").read_text()
    assert f"using Policy = {klass};" in text
    assert header in text
    assert (root / header).is_file()


def test_the_table_names_tests_that_exist(root: Path) -> None:
    """Each cell names an application, a test function or a unit test, or what the menu refuses."""
    text = (root / "docs/scheduling.md").read_text(encoding="utf-8")
    table = text[text.index("| feature |"):].split("\n\n")[0].splitlines()
    apps = {path.name for path in (root / "tests/qemu/apps").iterdir()}
    functions = set()
    for path in (root / "tests").rglob("test_*.py"):
        functions.update(re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]
    assert len(rows) > 8
    for row in rows:
        assert len(row) == 1 + len(POLICIES)
        for cell in row[1:]:
            if cell.startswith("refused:"):
                options = re.findall(r"`([A-Z_]+=\w+)`", cell)
                assert options
                policy = POLICIES[row[1:].index(cell)]
                assert any(case[0] in (policy, *BY_TIME) and set(options) <= {*case[1], "CPUS=2"} for case in REFUSED), cell
            else:
                named = re.findall(r"`(\w+)`", cell)
                assert named, f"{row[0]}: {cell} names no test"
                assert all(one in apps or one in functions for one in named), f"{row[0]}: {named}"
