"""Reads records back; whatever is wrong with one is said in one sentence.

What is *not* here: what a record holds, and writing it (workers.evals.record).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.domain.finding import Ruling
from bot.errors import UsageError
from workers.evals.matching import Mark

Json = dict[str, Any]


class _Part(BaseModel):
    """What is read of a record; it may hold more. Strict: what is used is the file's own value."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _Review(_Part):
    case: str
    run: int
    answered: bool


class _Truth(_Part):
    case: str
    run: int
    truth: int
    path: str
    lines: tuple[tuple[int, int], ...]
    category: str
    found: bool


class _Finding(_Part):
    case: str
    run: int
    path: str
    lines: tuple[int, int, str] | None
    claim: str
    mark: Mark
    confidence: float
    category: str
    verdicts: tuple[Ruling, ...]
    votes: int


class _Record(_Part):
    variant: str
    set: str
    model: str
    recall: float | None = None
    precision: float | None = None
    f1: float | None = None
    findings_per_clean: float | None = None
    line_accuracy: float | None = None
    prompt_tokens: int | None = None
    calls: int | None = None
    reviews: tuple[_Review, ...] = ()
    truths: tuple[_Truth, ...]
    findings: tuple[_Finding, ...]


def read_record(file: Path) -> Json:
    """A record that was written before.

    Raises:
        UsageError: it cannot be read, or is no record.
    """
    try:
        raw = file.read_bytes()
        _Record.model_validate_json(raw)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read ({error.strerror}): name a record of an evaluation."
        ) from None
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        at = "".join(f"{part}." for part in problem["loc"]).removesuffix(".")
        raise UsageError(
            f"{file} is no record of an evaluation{f' at {at}' if at else ''}: name one that"
            " `ai-review eval` wrote."
        ) from None
    record: Json = json.loads(raw)
    return record
