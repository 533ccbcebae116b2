"""`ai-review` in this process, as a terminal sees it: a status and two streams."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from workers.cli.main import main

_OURS = ("AI_REVIEW_", "GITHUB_", "OPENAI_", "ANTHROPIC_", "GIT_")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one sentence of a command that could not be carried out."""
        assert (self.status, self.out) == (64, ""), self
        assert self.err.startswith("ai-review: "), self
        assert self.err.count("\n") == 1, self
        return self.err


@dataclass(frozen=True, slots=True)
class Terminal:
    """Runs commands with the settings that a test makes, and no others."""

    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    def set(self, **variables: str) -> None:
        """Environment variables; `AI_REVIEW_` ones in lower case without the prefix."""
        for name, value in variables.items():
            self.patch.setenv(name if name.isupper() else f"AI_REVIEW_{name.upper()}", value)

    def run(self, *arguments: str, given: bytes = b"") -> Ended:
        """One command; `given` is its standard input."""
        self.patch.setattr(sys, "argv", ["ai-review", *arguments])
        self.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        self.capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self.capture.readouterr()
        assert "Traceback" not in err
        return Ended(int(ended.value.code or 0), out, err)


@contextmanager
def terminal(patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    """A terminal; logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        patch.delenv(name)
    patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setenv("COLUMNS", "100")
    yield Terminal(patch, capture)
    root.handlers[:] = handlers
    root.setLevel(level)
