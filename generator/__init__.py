"""The generator: turns a board file and a menu of options into C++ headers and files for the build.

As a program: `python3 -m generator generate --board B --build-dir D …` and `python3 -m generator boards`.

As a library, for the command line `scripts/pegplan` and for tests (nothing is loaded before it is used):

  make_request(board, build_dir, *, board_roots=(), profile="default", configs=(), settings=(), app=None,
               app_kconfig=None)
      What all that follows takes: the arguments of `generate` by other names.
  generate(request) -> Result
      Writes <build_dir>/generated. `result.report` tells which files were written, unchanged and removed,
      `result.model` all that is known of the build.
  merge_report(configuration) / write_report(report) -> list of lines
      What `generate -v` prints, of `result.model.configuration` and `result.report`.
  list_boards(board_roots=()) -> tuple of BoardSummary
      Name, path, description, arch, cpus, ram, run of each board; `error` for one that cannot be loaded.
  board_table(boards) -> list of lines
      What the verb `boards` prints of them.
  find_board(name, board_roots=()) -> Board
      A board, loaded and checked.
  examine_board(name, board_roots=()) -> Examination
      A board, by its name or its file, with all its mistakes.
  prepare_front_end(request) -> environment variables
      Writes <build_dir>/.config and the board's Kconfig, and returns what to add to the environment of Kconfiglib's
      own front ends: subprocess.run([python, "-m", "menuconfig"], cwd=tree, env={**os.environ, **variables}).
  save_user_config(request) -> UserConfig
      After a front end has saved: writes what it changed as <build_dir>/user.config, which `generate` reads. `lines`
      are the changes; `overruled` are those that a --set argument keeps from taking effect.
  explain_option(request, name) / search_options(request, words) / compare_configurations(before, after) / lint(request, fragments)
      What generator/explain knows of options, as data. options_page(request) is the text of docs/options.md.
  PegplanError
      Every mistake in an input. `str(error)` is the complete message; exit status EXIT_MISTAKE.
"""
from __future__ import annotations

import importlib

_HOMES = {
    "make_request": "request",
    "generate": "pipeline",
    "merge_report": "report",
    "write_report": "report",
    "board_table": "report",
    "list_boards": "boards",
    "find_board": "boards",
    "examine_board": "boards",
    "prepare_front_end": "user_config",
    "save_user_config": "user_config",
    "UserConfig": "user_config",
    "explain_option": "explain.option",
    "search_options": "explain.search",
    "compare_configurations": "explain.difference",
    "lint": "explain.lint",
    "options_page": "explain.page",
    "PegplanError": "errors",
    "EXIT_MISTAKE": "cli",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    """Loads the module of a name on its first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
