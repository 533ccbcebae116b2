"""What the engine is given: a change, and the things it may ask.

What is *not* here: how a change was fetched, and a repository's policy (bot.domain.policy).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.diff import Diff
from workers.context.counting import tokens_of
from workers.context.pieces import RelatedKind
from workers.ports import Analyser, CodeBase, CodeReader, Image, Model


def tokens(text: str) -> int:
    """How many tokens a text has, roughly."""
    return tokens_of(len(text))


@dataclass(frozen=True, slots=True)
class LinkedIssue:
    """An issue of the same repository that the description says the change resolves: untrusted."""

    number: int
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody wants to merge. Title and body are written by others: untrusted.

    Attributes:
        head_sha: the commit under review; for a local range it may be a name such as `HEAD`.
        issues: what the change is said to resolve.
        images: changed pictures, and those of the description.
    """

    title: str
    body: str
    head_sha: str
    diff: Diff
    issues: tuple[LinkedIssue, ...] = ()
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one review.

    Attributes:
        deadline: seconds from start to a review in hand; posting comes on top.
        bundle_tokens: changed code in one question. More context in one prompt makes models worse.
        related_tokens: unchanged code from elsewhere that is shown beside it, at most.
        related_kinds: what such code may be.
        policy_tokens: what the policy asks may take of one question, and what linked issues say may as well.
        images: pictures that are shown, at most.
        review_tokens: material in all questions of the find pass; files beyond it are named as not read.
        related_seconds: longest time that looking for such code may take.
        look_seconds: how long the second model may look around, from its first look on.
        enclosing_lines: longest block of code that is shown whole around a hunk.
        findings_per_answer: more standing ones than this from one answer are only listed in the summary.
        reports_per_answer: what is read of one answer at all; the bundle of a longer one counts as not read.
        confidence_least: a finding that its own source believes in less than this is held back; None means
            the policy's profile.
        vote_from: a finding that its source believes in less than this is left to fall without a vote ...
        vote_below: ... and one that it believes in this much stands without one.
        verify_below: a second question is asked about findings that are believed in less than this.
        unsure_least: held back is also what the second model cannot tell and the first believes in less.
    """

    deadline: float = 840.0
    bundle_tokens: int = 16_000
    related_tokens: int = 3_000
    related_kinds: frozenset[RelatedKind] = frozenset(RelatedKind)
    policy_tokens: int = 4_000
    images: int = 4
    related_seconds: float = 20.0
    look_seconds: float = 60.0
    review_tokens: int = 400_000
    enclosing_lines: int = 80
    findings_per_answer: int = 20
    reports_per_answer: int = 200
    confidence_least: float | None = None
    vote_from: float = 0.2
    vote_below: float = 0.7
    verify_below: float = 0.85
    unsure_least: float = 0.6


@dataclass(frozen=True, slots=True)
class Engine:
    """Who takes part in a review.

    Attributes:
        analysers: they review alone where `finder` is None; else their hits are evidence for it.
        finder: the model that looks for defects, or None.
        cross_checker: the model that tries to refute each finding, or None.
        code: the repository around the change; None where only the changed files are at hand.
        passes: how many questions, each with a lens of its own, are asked about the same material.
        votes: how many answers decide about what the finding model is unsure of, the first one counted.
        sees_images: whether the finding model is shown pictures.
        nonce: makes the token that fences foreign text in a prompt; unguessable outside of tests.
        clock: POSIX time, for what counts until a day.
    """

    reader: CodeReader
    code: CodeBase | None = None
    passes: int = 1
    votes: int = 1
    analysers: tuple[Analyser, ...] = ()
    finder: Model | None = None
    cross_checker: Model | None = None
    limits: Limits = Limits()
    sees_images: bool = False
    nonce: Callable[[], str] = secrets.token_hex
    clock: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class Gap:
    """Why some of the material got no look.

    Attributes:
        reason: half a sentence for people: `the model did not answer in time`.
        passing: whether a later try may do better.
        unpaid: whether the budget does not pay for a question of this size, while a smaller one may fit.
    """

    reason: str
    passing: bool
    unpaid: bool = False


OUT_OF_TIME = Gap("time ran out", passing=True)
