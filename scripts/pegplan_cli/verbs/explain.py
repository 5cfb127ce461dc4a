"""`pegplan why`, `search`, `diff`, `lint` and `options`: what is known of options and configurations."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .common import Verbs, add_build_options, add_verb, configured

if TYPE_CHECKING:
    from ..build import Build


def add(verbs: Verbs) -> None:
    """Adds them."""
    why = add_verb(verbs, "why", _why, "tell where an option's value comes from, and what would change it", """
Of an option, or of each member of a choice: its value and who gave it, what was asked for and overridden, the values behind its dependencies,
the --set arguments that change it (each has been tried), and the lines that use it. Options that you do not give are those of the build folder's
last build.""", epilog="""examples:
  pegplan why STACK_GUARDS
  pegplan why SCHED_POLICY --board qemu-riscv64-virt --profile minimal
  pegplan why HOST_TURN --board host --set HOST_TURN=5""")
    why.add_argument("names", nargs="+", metavar="OPTION", help="name of an option or choice, with or without CONFIG_")
    _add_configuration(why)

    search = add_verb(verbs, "search", _search, "find options by words of their names, prompts and help", """
All words must be in an option's name, prompt or help; options that have them as whole words come first.""")
    search.add_argument("words", nargs="+", metavar="WORD")
    _add_configuration(search)

    diff = add_verb(verbs, "diff", _diff, "show what differs between two configurations", """
Each side is a fragment, the name of a profile, or a build folder. Fragments and profiles are put on top of what the other options say, which
goes for both sides.""", epilog="""examples:
  pegplan diff default minimal --board qemu-riscv64-virt --size
  pegplan diff build/host/basic_threading build/qemu-x86_64-q35/basic_threading""")
    diff.add_argument("sides", nargs=2, metavar="CONFIGURATION")
    diff.add_argument("--size", action="store_true", help="build both, and show what the difference costs, by subsystem")
    _add_configuration(diff)

    lint = add_verb(verbs, "lint", _lint, "find what is legal in Kconfig files and fragments, and yet wrong", """
Looks at the Kconfig files and profiles of the tree, at an application's (--app), and at the fragments named. Exits with 1 when it finds anything.
docs/configuration.md lists the rules.""")
    lint.add_argument("fragments", nargs="*", metavar="FRAGMENT")
    _add_configuration(lint)

    options = add_verb(verbs, "options", _options, "print the reference of all options", """
What docs/options.md holds, made of the Kconfig files.""")
    group = options.add_mutually_exclusive_group()
    group.add_argument("--write", action="store_true", help="write docs/options.md")
    group.add_argument("--check", action="store_true", help="fail when docs/options.md is out of date")
    _add_configuration(options)


def _add_configuration(parser: argparse.ArgumentParser) -> None:
    add_build_options(parser)
    parser.add_argument("--app", metavar="APP", help="the application (default: examples/basic_threading)")


def _as_last_built(options: argparse.Namespace, purpose: str) -> Build:
    """What the options ask for; what they do not say is as the folder was last configured."""
    build = configured(options, purpose)
    from ..kconfig import effective_request, given_fields

    build.request = effective_request(build.request, build.directory, given_fields(options))
    return build


def _why(options: argparse.Namespace) -> int:
    build = _as_last_built(options, "explaining")
    from ..explain import why

    return why(options.names, build.request, build.directory, options.verbose)


def _search(options: argparse.Namespace) -> int:
    build = _as_last_built(options, "searching")
    from ..explain import search

    return search(options.words, build.request, build.directory)


def _diff(options: argparse.Namespace) -> int:
    build = configured(options, "comparing")
    if options.size:
        from .. import packages
        from .common import need, request

        need((*packages.GENERATOR_MODULES, packages.ELF_MODULE), "comparing")
        build = request(options, "comparing")
    from ..explain import diff

    return diff(options.sides, build, options.size)


def _lint(options: argparse.Namespace) -> int:
    build = configured(options, "checking")
    from ..explain import lint

    return lint(options.fragments, build.request, build.directory)


def _options(options: argparse.Namespace) -> int:
    build = configured(options, "writing the reference")
    from ..explain import options as reference

    return reference(build.request, build.directory, options.write, options.check)
