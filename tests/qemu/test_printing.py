"""Lines of competing threads."""

from __future__ import annotations

import re

import pytest

THREADS = 4
LINES = 60
URGENT_LINES = 20
BUFFER = 512
"""ISR_PRINT_BUFFER."""
MASKED_LINES = "".join(f"masked line {line:02} of thirty\n" for line in range(30))


def whole_line(thread: int, line: int) -> str:
    """As the application prints it: more than one PRINT_BUFFER."""
    return f"thread {thread} line {line:02} {'dots':.>100} {thread * 1000 + 7:->60} end"


@pytest.mark.parametrize("icount", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["icount", "realtime"])
def test_lines_are_whole(boot, icount):
    result = boot("printing", icount=icount)
    assert result.code == 0
    lines = result.section("== competing lines", "== preempted lines")
    assert sorted(lines) == [whole_line(thread, line) for thread in range(THREADS) for line in range(LINES)]
    for thread in range(THREADS):
        assert [line for line in lines if line.startswith(f"thread {thread} ")] == [
            whole_line(thread, line) for line in range(LINES)]
    if icount:  # how long a line takes is the emulator's business otherwise
        # They did compete: no thread printed all of its lines in one go.
        speakers = [line.split()[1] for line in lines]
        assert sum(before != after for before, after in zip(speakers, speakers[1:])) > 2 * THREADS

    lines = result.section("== preempted lines", "== in the middle of a line")
    urgent = [line for line in lines if line.startswith("urgent")]
    assert urgent == [f"urgent {turn}" for turn in range(URGENT_LINES)]
    assert set(lines) - set(urgent) == {f"a longer line of the less urgent main thread {'end':->40}"}


def test_in_the_middle_of_a_line(boot):
    result = boot("printing")
    assert result.section("== in the middle of a line", "== masked in the middle of a line") == [
        "a line between, whole", "the urgent line", "its second line", "the next line"]
    assert result.section("== masked in the middle of a line", "== masked, more than the buffer holds") == [
        "a line between, whole", "masked line 1", "masked line 2", "the next line"]
    assert result.section("== masked, nobody prints", "== end") == ["at once"]
    kept = MASKED_LINES[:BUFFER]
    note = f"[{len(MASKED_LINES) - BUFFER} characters from interrupt handlers were lost: ISR_PRINT_BUFFER is {BUFFER}]"
    assert result.section("== masked, more than the buffer holds", "== masked, nobody prints") == [
        "a line between, whole", *(kept + note).split("\n"), "the next line"]


def test_two_runs_are_the_same(boot):
    first, second = boot("printing"), boot("printing")
    assert first.text == second.text
    assert re.search("urgent", first.text)
