"""Pegplan's command line: set-up, configuration, build and boot of an image, all through CMake.

`scripts/pegplan` starts this package. Modules, from the bottom up:

    errors      what a user did wrong or a machine lacks, as one message
    terminal    what is printed where: status on stderr, results on stdout
    probe       which interpreter can run what (also used by scripts/find-python)
    packages    everything that must be installed, with the ways to tell whether it is
    provision   installs it
    boards      the boards there are
    build       configure and build, into a folder that no two applications share
    console     filters between the board's console and the user's
    symbolise   addresses to functions, through the ELF
    machine     one QEMU process under a hard limit
    run         boots a build
    coverage    runs tests with counting images, and reports
    kconfig     Kconfiglib's front ends on a build
    cli         the verbs

Up to `provision` only the standard library is used, so that set-up works where nothing is installed yet.
"""
