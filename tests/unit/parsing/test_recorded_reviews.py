from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.finding import Fate
from bot.domain.review import Review, Usage
from bot.errors import UsageError
from bot.parsing.recorded_reviews import MAX_SIZE, parse_review
from bot.rendering.as_json import render_json
from tests.support.reviews import (
    LOST_GUARD,
    REMOVED_LOCK,
    SHARED_DEFAULT,
    completed,
    confirmed,
    failed,
    later,
    marked,
    partial,
    skipped,
    static,
    told,
)

REVIEWS = {
    "completed": completed(
        marked(LOST_GUARD, Fate.POSTED, "", confirmed()),
        marked(replace(SHARED_DEFAULT, rule="money", needs=("load",)), Fate.SUPPRESSED, "milder than high"),
        replace(marked(REMOVED_LOCK, Fate.UNANCHORED, "its lines are outside"), backed_by=("ruff:B006",)),
    ),
    "later": later(told(LOST_GUARD, Fate.DISMISSED, "meant so", "wanda", comment_id=None)),
    "partial": partial(marked(LOST_GUARD, Fate.FOLDED, "more comments than 2")),
    "static": static(marked(SHARED_DEFAULT)),
    "failed": failed(),
    "skipped": skipped(),
    "no lines": completed(marked(replace(LOST_GUARD, lines=None), Fate.UNANCHORED)),
}


@pytest.mark.parametrize("name", REVIEWS)
def test_what_was_written_is_read_again(name: str) -> None:
    review = REVIEWS[name]
    assert parse_review(render_json(review).encode()) == without_the_rest(review)


def without_the_rest(review: Review) -> Review:
    return replace(review, usage=Usage(), notices=(), hunks=(), has_second=False)


def shape(**changes: Any) -> bytes:
    return json.dumps(json.loads(render_json(completed(marked(LOST_GUARD)))) | changes).encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"findings": []}',
        shape(outcome="great"),
        shape(findings=[{"path": "a.py"}]),
        shape(findings=[json.loads(shape())["findings"][0] | {"severity": "awful"}]),
        shape(coverage=None),
        b"[" * 100_000,
    ],
)
def test_what_is_no_review_is_one_sentence(raw: bytes) -> None:
    with pytest.raises(UsageError, match=r"^a\.json is no review as `--format json` writes it$"):
        parse_review(raw, "a.json")


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(UsageError, match=r"a\.json is larger than 10 MB"):
        parse_review(b" " * (MAX_SIZE + 1), "a.json")
