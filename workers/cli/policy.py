"""`ai-review policy check` and `schema`: look for mistakes in a policy file, print what one may say.

What is *not* here: which policy holds and why (workers.cli.explain), and what a changed one would have done
(workers.cli.backtest).
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from bot.domain.policy import POLICY_PATH
from bot.errors import PolicyError, UsageError
from bot.parsing.policies import MAX_SIZE, mistakes_in
from bot.parsing.policies.schema import policy_schema
from workers.context.local_git import LocalRepository

MISTAKES: Final = 1
_MOST_BYTES: Final = MAX_SIZE * 4


def check(file: Path | None) -> int:
    """Print every mistake as `FILE:LINE:COLUMN: SENTENCE`; 1 when there is one, else 0."""
    path = policy_file() if file is None else file
    mistakes = _mistakes(path)
    for error in mistakes:
        key = f"{error.key}: " if error.key and f"`{error.key}`" not in str(error) else ""
        sys.stdout.write(f"{path}:{error.line or 1}:{error.column or 1}: {key}{error}\n")
    if not mistakes:
        sys.stdout.write(f"{path}: no mistakes\n")
    return MISTAKES if mistakes else 0


def schema() -> int:
    """Print the JSON Schema of the file."""
    sys.stdout.write(json.dumps(policy_schema(), indent=2) + "\n")
    return 0


def policy_file() -> Path:
    """The policy file of the repository around the working directory."""
    try:
        return Path(os.path.relpath(LocalRepository(Path()).root / POLICY_PATH))
    except UsageError:
        return Path(POLICY_PATH)


def _mistakes(path: Path) -> tuple[PolicyError, ...]:
    try:
        return mistakes_in(policy_text(path))
    except UnicodeDecodeError as error:
        return (
            PolicyError("the file is not UTF-8 text", line=error.object.count(b"\n", 0, error.start) + 1),
        )


def policy_text(path: Path) -> str:
    """The text of a file, as much of it as shows that it is too long.

    Raises:
        UsageError: it cannot be read.
        UnicodeDecodeError: it is no text.
    """
    try:
        with nullcontext(sys.stdin.buffer) if str(path) == "-" else path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): name a policy file.") from None
    return raw.decode("utf-8-sig", "replace" if len(raw) > _MOST_BYTES else "strict")
