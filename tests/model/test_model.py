"""The interleaving checker and the model tests: built with CMake in a temporary folder, and run.

The quick tests build everything and run what takes seconds; the slow ones explore the larger programs. What the README
says about how much each test explores is held against what they print.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# The programs are built once, by one process.
pytestmark = pytest.mark.xdist_group("model")

BUILD_LIMIT_S = 400
RUN_LIMIT_S = 200

# Freestanding use of the headers: constant-initialised, no larger than their parts.
FREESTANDING = """
#include "core/sync/ticket_lock.hpp"
#include <pegplan/arc_lite.hpp>
#include <pegplan/epoch.hpp>
#include <pegplan/lockfree/mpmc_queue.hpp>
#include <pegplan/lockfree/mpsc_list.hpp>
#include <pegplan/lockfree/spsc_ring.hpp>
#include <pegplan/lockfree/treiber_stack.hpp>
#include <pegplan/lockfree/work_deque.hpp>
using namespace pegplan;
struct Item : MpscLink<Item>, TreiberLink<>, EpochLink<> { int value; };
constinit kernel::TicketLock<> lock;
constinit MpscList<Item> list;
constinit SpscRing<int, 4> ring;
constinit MpmcQueue<int, 4> queue;
constinit WorkDeque<int, 4> deque;
Item items[3];
constinit TreiberStack<Item, 3> stack{std::span<Item, 3>{items}};
constinit Epoch<2, 3> domain;
constinit ArcStorage<int> storage;
static_assert(sizeof lock == 8);
static_assert(sizeof list == 2 * sizeof(void*));
static_assert(sizeof ring == 4 * sizeof(int) + 4 * sizeof(void*));
static_assert(sizeof(MpscLink<Item>) == 2 * sizeof(void*));
static_assert(sizeof queue == 4 * 16 + 16);
static_assert(sizeof deque == 4 * 4 + 16);
static_assert(sizeof stack == 16 && sizeof(TreiberLink<>) == 8);
static_assert(sizeof domain == 3 * 8 + 3 * 8 + 2 * 16 && sizeof(EpochLink<>) == 16);
static_assert(sizeof(ArcStorage<int>) == 8 + 24 + 8 && sizeof(ArcLite<int>) == 8);
bool use(Item& item)
{
    lock.lock();
    lock.unlock();
    const auto participant = domain.join();
    const auto guard = participant->pin();
    stack.push(item);
    auto arc = *ArcLite<int>::make(storage, 1);
    return lock.try_lock() && list.push(item) && list.pop() == &item && ring.try_push(1) && ring.try_pop() == 1 &&
           queue.try_push(1) && queue.try_pop() == 1 && deque.try_push(1) && deque.try_pop() == 1 &&
           deque.try_steal().outcome == StealOutcome::empty && stack.pop() == &item &&
           guard.retire(item, [](Item& retired) { retired.value = 0; }) && domain.try_advance() &&
           arc.downgrade().upgrade() == arc;
}
"""

PROGRAMS = ("calibration", "algorithms", "primitives")

STRUCTURES = ("SpscRing", "MpscList", "MpmcQueue", "TreiberStack", "WorkDeque", "Epoch", "ArcLite", "TicketLock", "SpinLock",
              "Parking", "TaskGroup")
PRIMITIVES = ("Mutex", "RwLock", "Semaphore", "EventFlags", "Latch", "Once", "StopSource")

NOT_MODELLED = {
    "try_push: top_.load acquire -> relaxed",
    "try_steal: top_.compare_exchange_strong success release -> relaxed",
}
"""Mutants of the work deque that would need load buffering to be caught."""


@dataclass(frozen=True)
class Exploration:
    """One line that a test program prints about what it explored."""

    name: str
    executions: int
    blocked: int
    longest: int

    @property
    def table_row(self) -> str:
        return f"| {self.name} | {self.executions:,} | {self.blocked:,} | {self.longest} |"


@dataclass(frozen=True)
class Outcome:
    """What a test program did."""

    code: int
    text: str

    @property
    def explorations(self) -> list[Exploration]:
        found = re.findall(r"^explored \| (.*) \| (\d+) \| (\d+) \| (\d+)$", self.text, re.MULTILINE)
        return [Exploration(name, int(executions), int(blocked), int(longest))
                for name, executions, blocked, longest in found]

    @property
    def mutants(self) -> list[tuple[str, str]]:
        return re.findall(r"^mutant \| (.*?) \| (.*)$", self.text, re.MULTILINE)


def call(*command: object, limit_s: float) -> Outcome:
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, timeout=limit_s, check=False)
    return Outcome(done.returncode, done.stdout)


@pytest.fixture(scope="session")
def build_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The test programs, built by the host's compiler (or $CXX)."""
    folder = tmp_path_factory.mktemp("model")
    generator = ["-G", "Ninja"] if shutil.which("ninja") else []
    configured = call("cmake", "-S", HERE, "-B", folder, *generator, limit_s=BUILD_LIMIT_S)
    assert configured.code == 0, configured.text
    built = call("cmake", "--build", folder, "-j2", limit_s=BUILD_LIMIT_S)
    assert built.code == 0, built.text
    return folder


def run(folder: Path, program: str, suite: str) -> Outcome:
    outcome = call(folder / program, f"--test-suite={suite}", limit_s=RUN_LIMIT_S)
    assert outcome.code == 0, outcome.text
    assert "Status: SUCCESS!" in outcome.text
    assert re.search(r"test cases: +([1-9]\d*)", outcome.text), "no test case ran"
    return outcome


def readme_rows() -> set[str]:
    return {line for line in (HERE / "README.md").read_text().splitlines() if line.startswith("| ")}


@pytest.mark.parametrize("program", PROGRAMS)
def test_quick(build_folder: Path, program: str) -> None:
    outcome = run(build_folder, program, "quick")
    rows = [exploration.table_row for exploration in outcome.explorations]
    assert rows
    missing = [row for row in rows if row not in readme_rows()]
    assert not missing, "the README's table lacks:\n" + "\n".join(missing)


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_slow(build_folder: Path, program: str) -> None:
    outcome = run(build_folder, program, "slow")
    rows = [exploration.table_row for exploration in outcome.explorations]
    assert rows
    missing = [row for row in rows if row not in readme_rows()]
    assert not missing, "the README's table lacks:\n" + "\n".join(missing)


def test_mutants(build_folder: Path) -> None:
    """Every order of the kernel's algorithms is needed; what survives is explained."""
    mutants = dict(run(build_folder, "algorithms", "quick").mutants)
    assert all(fate.startswith(("caught", "survived")) for fate in mutants.values())
    survivors = {mutant for mutant, fate in mutants.items() if fate.startswith("survived")}
    kernel = {mutant for mutant in survivors if not mutant.startswith("enter: ")}  # search_test.cpp has two on purpose
    assert kernel == NOT_MODELLED
    assert "UNEXPLAINED" not in " ".join(mutants.values())
    for function in ("lock", "try_lock", "unlock", "push", "pop", "take", "try_push", "try_pop", "try_steal", "join", "pin",
                     "unpin", "try_advance", "all_are_in", "lower", "allocate", "release", "park", "add", "claim", "claim_for_task",
                     "claim_for_job", "finish", "begin_wait", "raise", "accept"):
        assert any(mutant.startswith(function + ": ") for mutant in mutants), function


def test_mutants_of_primitives(build_folder: Path) -> None:
    """Every order of the primitives is needed."""
    mutants = run(build_folder, "primitives", "quick").mutants
    assert all(fate.startswith("caught") for _, fate in mutants)
    assert f"{len(mutants)} of the primitives, all of which do" in (ROOT / "docs" / "lock-free.md").read_text()
    for function in ("take_if_free", "unlock", "hand_over", "take_shared", "leave_reading", "try_acquire", "release_many", "give_to_claimed", "set", "clear",
                     "wake_all_for_whom_it_holds", "count_down", "finish", "request_stop"):
        assert any(mutant.startswith(function + ": ") for mutant, _ in mutants), function


def test_every_model_test_is_in_the_readme() -> None:
    """A row for what no longer exists would be as wrong as a missing one; the slow tests are not needed to see that."""
    sources = "".join(path.read_text() for path in HERE.rglob("*_test.cpp"))
    assert sources
    for row in readme_rows():
        kind = re.sub(r" \(\d+ programs\)$", "", row.split("|")[1].strip()).split(":")[0]
        assert kind in sources or kind in ("test", "---"), row


def test_docs_give_the_sums_of_the_readme() -> None:
    """docs/lock-free.md says for each structure and primitive how many executions all of its tests explore."""
    text = (ROOT / "docs" / "lock-free.md").read_text()
    executions = dict.fromkeys((*STRUCTURES, *PRIMITIVES), 0)
    for row in readme_rows():
        found = re.match(r"\| (\w+): .* \| ([\d,]+) \| [\d,]+ \| \d+ \|$", row)
        if found and found[1] in executions:
            executions[found[1]] += int(found[2].replace(",", ""))
    missing = [f"{name}: {count:,}" for name, count in executions.items() if f"{count:,}" not in text]
    assert all(executions.values())
    assert not missing


def test_docs_give_the_number_of_mutants(build_folder: Path) -> None:
    found = [fate for mutant, fate in run(build_folder, "algorithms", "quick").mutants if not mutant.startswith("enter: ")]
    caught = sum(fate.startswith("caught") for fate in found)
    assert f"{len(found)} mutants, of which {caught} fail a test" in (ROOT / "docs" / "lock-free.md").read_text()


@pytest.mark.parametrize("compiler", ["g++", "aarch64-linux-gnu-g++", "riscv64-linux-gnu-g++"])
def test_headers_are_freestanding(compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    source = tmp_path / "use.cpp"
    source.write_text(FREESTANDING)
    flags = ("-std=c++20 -O2 -ffreestanding -nostdlib -fno-exceptions -fno-rtti -fno-threadsafe-statics -Wall -Wextra "
             "-Wshadow -Wconversion -Wundef -Werror").split()
    includes = [f"-I{folder}" for folder in (ROOT, ROOT / "core" / "include", HERE / "config")]
    compiled = call(compiler, *flags, *includes, "-c", source, "-o", tmp_path / "use.o", limit_s=BUILD_LIMIT_S)
    assert compiled.code == 0, compiled.text
    symbols = call("nm", "--undefined-only", tmp_path / "use.o", limit_s=BUILD_LIMIT_S).text
    assert "__atomic" not in symbols, "an operation is not lock-free: " + symbols


def test_old_compiler_is_told(tmp_path: Path) -> None:
    """A compiler without std::source_location gets one sentence."""
    fake = tmp_path / "c++"
    # The only source that CMake tries under this name is the check's.
    real = os.environ.get("CXX", "c++")
    fake.write_text(f'#!/bin/sh\ncase "$*" in *src.cxx*) exit 1;; esac\nexec {real} "$@"\n')
    fake.chmod(0o755)
    configured = call("cmake", "-S", HERE, "-B", tmp_path / "build", f"-DCMAKE_CXX_COMPILER={fake}",
                      limit_s=BUILD_LIMIT_S)
    assert configured.code != 0
    assert "needs std::source_location" in configured.text
