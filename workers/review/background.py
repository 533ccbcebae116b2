"""What is shown beside the changed files: related code, the repository's own rules, hits of analysers.

All of it is optional: where it cannot be had, a review goes on without.
What is *not* here: finding related code (workers.context), and the words around it (prompts/).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from bot.errors import GitHubError
from workers.context.guidelines import Guideline, guidelines
from workers.context.pieces import Related, RelatedLimits
from workers.context.related import related_code
from workers.ports import CodeBase, SourceFile
from workers.review.bundles import GAP, LINE_LIMIT
from workers.review.change import Engine, tokens
from workers.review.static_evidence import StaticHits, evidence_text, hits
from workers.review.timing import Deadline
from workers.review.untrusted import one_line, visible

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Background:
    """Texts ready for a model, by the changed file that they belong to.

    Attributes:
        rules: what the repository asks of changes, for every question.
        related: path -> code from elsewhere.
        hits: what analysers say about changed lines.
    """

    rules: str = ""
    related: Mapping[str, str] = field(default_factory=dict)
    hits: StaticHits = field(default_factory=StaticHits)

    def reported(self, paths: Iterable[str]) -> str:
        """What analysers say about some files; empty where they say nothing."""
        told = [f"{one_line(path)}:\n{text}" for path in paths if (text := evidence_text(self.hits, path))]
        return "\n".join(["Reported by static analysis:", *told]) if told else ""

    def beside(self, paths: Iterable[str], most: int) -> str:
        """Related code of some files, the first ones first, in at most so many tokens."""
        parts: list[str] = []
        for path in paths:
            text = self.related.get(path, "")
            if text and tokens(text) <= most:
                most -= tokens(text)
                parts.append(text)
        return "\n\n".join(parts)


async def look_around(files: Sequence[SourceFile], engine: Engine, deadline: Deadline) -> Background:
    """Everything that can be had within a short time."""
    soon = Deadline(min(deadline.at, Deadline.after(engine.limits.related_seconds).at))
    around, reported = await asyncio.gather(
        _related(files, engine.code, soon), hits(files, engine.analysers, soon)
    )
    return replace(around, hits=reported)


async def _related(files: Sequence[SourceFile], code: CodeBase | None, soon: Deadline) -> Background:
    """Related code and rules, without the hits."""
    if code is None:
        return Background()
    paths = [file.path for file in files]
    try:
        [related] = await soon.gather([related_code(files, code, RelatedLimits())])
        [rules] = await soon.gather([guidelines(paths, code)])
    except GitHubError as error:
        _log.warning("Related code could not be read: %s", error)
        return Background()
    shown = await asyncio.to_thread(_shown, related or {})
    return Background(_rules(rules or ()), shown)


def related_text(pieces: Sequence[Related]) -> str:
    """Code from elsewhere, each piece with what it is and where it stands."""
    return "\n".join(_piece(piece) for piece in pieces)


def _shown(related: Mapping[str, Sequence[Related]]) -> dict[str, str]:
    return {
        path: f"Related code, for {one_line(path)}:\n{related_text(pieces)}"
        for path, pieces in related.items()
        if pieces
    }


def _piece(piece: Related) -> str:
    lines: list[str] = []
    before = piece.start - 1
    for number, line in zip(piece.numbers, piece.lines, strict=True):
        lines += [GAP] if number > before + 1 else []
        lines.append(f"{number:>6}   {visible(line.replace(chr(9), '    '))[:LINE_LIMIT]}".rstrip())
        before = number
    title = f"[{piece.kind} of {one_line(piece.name, 100)}, {one_line(piece.path)}]"
    return "\n".join([title, *lines])


def _rules(found: Sequence[Guideline]) -> str:
    parts = [
        f"From {one_line(path)}:\n" + "\n".join(visible(one.text) for one in group)
        for path, group in groupby(found, key=lambda one: one.path)
    ]
    return "Rules of this repository:\n" + "\n\n".join(parts) if parts else ""
