"""The first example prints what the library that this project follows would print."""

import pytest

ITERATIONS = 10


@pytest.mark.smoke
@pytest.mark.parametrize("icount", [True, False], ids=["icount", "realtime"])
def test_both_workers_iterate_and_are_joined(boot, icount):
    result = boot("basic_threading", icount=icount)
    assert result.code == 0
    assert result.lines[-1] == "basic_threading: done"
    for worker in (1, 2):
        own = [line for line in result.lines if line.startswith(f"Worker {worker}:")]
        assert own == [f"Worker {worker}: iteration {i}" for i in range(ITERATIONS)]
    assert len(result.lines) == 2 * ITERATIONS + 1


def test_two_runs_are_the_same(boot):
    assert boot("basic_threading").text == boot("basic_threading").text
