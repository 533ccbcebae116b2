"""The engine alone: a static review of six files, and how much text a model gets to read.

What is *not* here: GitHub, queue and processes (tests.bench.reviews).
"""

from __future__ import annotations

import asyncio
import time

from bot.domain.policy import Policy
from bot.domain.review import Outcome, Review
from tests.bench.changes import files
from tests.bench.figures import Figure
from tests.support.changes import change_of, reader_of
from tests.support.scripted import finds, scripted
from workers.analysers.registry import static_analysers
from workers.ports import Analyser
from workers.review.change import Change, Engine, tokens
from workers.review.pipeline import review_change

_GROUP = "Engine"


def measure_engine() -> list[Figure]:
    """Everything here runs in this process, but for the analysers' own programs."""
    runs = _static_runs(6, 6)
    return [
        Figure(_GROUP, "static review of 6 files with 300 changed lines", "s", runs),
        Figure(_GROUP, "static review of 60 files with 3,000 changed lines", "s", _static_runs(60, 3)),
        Figure(_GROUP, "prompt of 6 files with 300 changed lines", "tokens", (_prompt_tokens(6),)),
        Figure(_GROUP, "prompts of 60 files with 3,000 changed lines", "tokens", (_prompt_tokens(60),)),
    ]


def _static_runs(count: int, times: int) -> tuple[float, ...]:
    """Seconds of each run; a first one that fills the operating system's caches is left out."""
    change, versions = _change(count)
    analysers = static_analysers()
    return tuple(_static_seconds(change, versions, analysers) for _ in range(times + 1))[1:]


def _static_seconds(change: Change, versions: _Versions, analysers: tuple[Analyser, ...]) -> float:
    began = time.perf_counter()
    review = asyncio.run(review_change(change, Policy(), Engine(reader_of(versions), analysers=analysers)))
    _require_complete(review)
    return time.perf_counter() - began


def _prompt_tokens(count: int) -> float:
    """Instructions and material of all questions of the find pass, as the engine's budget counts them."""
    change, versions = _change(count)
    model = scripted(finds())
    _require_complete(asyncio.run(review_change(change, Policy(), Engine(reader_of(versions), finder=model))))
    return float(sum(tokens(prompt.system) + tokens(prompt.user) for prompt in model.prompts))


_Versions = dict[str, tuple[str | None, str | None]]


def _change(count: int) -> tuple[Change, _Versions]:
    both = files(count)
    versions: _Versions = {path: (both.base[path], both.head[path]) for path in both.head}
    return change_of(versions, "Rate and sum up orders", "See the ticket."), versions


def _require_complete(review: Review) -> None:
    """A review that left something out would look quick."""
    assert review.outcome is Outcome.COMPLETED, review.reason
