"""What stops a command: one message for the user, and the exit code."""

from __future__ import annotations

# Of a command that failed before or beside the image: told apart from the codes that images and the other ends of a
# run use, in the way of timeout(1).
EXIT_TIMEOUT = 124
EXIT_FAILURE = 125
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141


class PegplanError(Exception):
    """A failure that the user can do something about. Its text is complete: what, where, and what to do."""

    def __init__(self, message: str, code: int = EXIT_FAILURE) -> None:
        super().__init__(message)
        self.code = code


class Reported(PegplanError):
    """A failure whose message has already been printed, by a compiler for instance."""

    def __init__(self, code: int = EXIT_FAILURE) -> None:
        super().__init__("", code)
