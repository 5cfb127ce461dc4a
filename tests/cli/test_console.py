"""The filters between a board's console and the user, whatever the pieces in which the bytes come."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegplan_cli import console, terminal
from pegplan_cli.run import LAST_LINES, LastLines

OPENSBI = b"\nOpenSBI v1.1\n   ____\n  / __ \\\n\nPlatform Name : x\nBoot HART MEDELEG         : 0x000000000000b109\n"
TRACE = b"panic\n  #0 0x0000000080201234\n  #12 0x80\n  #x 0x80\n # 1\n  #1 0x80 more\n  #2 0x1"


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[begin:end] for begin, end in zip(edges, edges[1:])]


def through(stage: console.Filter, parts: list[bytes]) -> bytes:
    return b"".join(stage.feed(part) for part in parts) + stage.finish()


@given(st.lists(st.integers(0, 200)))
def test_newlines(cuts):
    assert through(console.Newlines(), pieces(b"a\r\nb\rc\n\r\r\nd\r", cuts)) == b"a\nb\rc\n\r\nd\r"


@given(st.lists(st.integers(0, 500)))
def test_firmware_banner_is_dropped(cuts):
    assert through(console.FirmwareBanner(), pieces(OPENSBI + b"hello\nOpenSBI v1.1\n", cuts)) == b"hello\nOpenSBI v1.1\n"


@pytest.mark.parametrize("text", [b"", b"\n", b"Open", b"\n\nhello\n", b"hello", OPENSBI[:-1], OPENSBI[:60]])
def test_what_is_no_whole_banner_is_shown(text):
    assert through(console.FirmwareBanner(), [bytes([byte]) for byte in text]) == text


@given(st.lists(st.integers(0, 500)))
def test_trace_lines(cuts):
    stage = console.TraceLines(lambda number, address: f"<{number} {address:x}>")
    shown = through(stage, pieces(TRACE, cuts))
    assert shown == (b"panic\n  #0 0x0000000080201234 <0 80201234>\n  #12 0x80 <12 80>\n  #x 0x80\n # 1\n"
                     b"  #1 0x80 more\n  #2 0x1 <2 1>")


@given(st.binary(max_size=60).map(lambda data: data.replace(b"#", b"")), st.lists(st.integers(0, 60)))
def test_other_text_goes_through_unchanged(data, cuts):
    assert through(console.TraceLines(lambda number, address: "x"), pieces(data, cuts)) == data


def test_partial_lines_are_shown_at_once():
    chain = console.Chain(console.Newlines(), console.FirmwareBanner(), console.TraceLines(lambda number, address: "x"))
    assert chain.feed(b"name? ") == b"name? "
    assert chain.feed(b"  #1 0x80") == b"  #1 0x80"      # not at the begin of a line
    assert chain.feed(b"\r\n  #1 ") == b"\n"
    assert chain.feed(b"0x80\r\n") == b"  #1 0x80 x\n"


@given(st.lists(st.sampled_from([b"a", b"bc\n", b"\n", b"d\ne"]), max_size=60))
def test_last_lines(parts):
    last = LastLines()
    for part in parts:
        last.add(part)
    lines = b"".join(parts).decode().split("\n")
    if lines[-1] == "":
        lines.pop()
    assert last.text().splitlines() == [f"  {line}" for line in lines[-LAST_LINES:]]


def shown_by_steps(text: str, capsys: pytest.CaptureFixture[str]) -> tuple[str, list[str]]:
    steps = terminal.Steps(verbose=False)
    steps.follow(io.StringIO(text))
    return capsys.readouterr().err, steps.configure_output


def test_build_output_without_news_is_not_shown(capsys):
    assert shown_by_steps("[0/2] Re-checking globbed directories...\n[1/2] Re-running CMake...\n-- Configuring done\n"
                          "[1/2] Building x\n[2/2] Linking y\nninja: no work to do.\n", capsys) == ("", [])


def test_compiler_messages_are_shown(capsys):
    shown, _ = shown_by_steps("[1/2] Building x\nx.cpp:1: warning: w\nFAILED: x.o\ng++ -a -b -c\nx.cpp:2: error: e\n"
                              "ninja: build stopped: subcommand failed.\n", capsys)
    assert shown == "x.cpp:1: warning: w\nFAILED: x.o\nx.cpp:2: error: e\nninja: build stopped: subcommand failed.\n"


def test_messages_of_a_failed_configure_are_kept_apart(capsys):
    shown, kept = shown_by_steps("[0/1] Re-running CMake...\n-- a\nerror: what\nCMake Error at x\nninja: error: rebuilding\n",
                                 capsys)
    assert "what" not in shown and "error: what\n" in kept
