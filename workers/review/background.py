"""What is shown beside the changed files: related code, the repository's own rules, hits of analysers.

All of it is optional: where it cannot be had, a review goes on without.
What is *not* here: finding related code (workers.context), and the words around it (prompts/).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from bot.errors import GitHubError
from workers.context.choosing import chosen
from workers.context.guidelines import NO_FILES, Guideline, NamedFiles, guidelines
from workers.context.pieces import Related, RelatedKind, RelatedLimits
from workers.context.related import related_code
from workers.context.wanted import shown_lines
from workers.ports import SourceFile
from workers.review.bundles import GAP, LINE_LIMIT
from workers.review.change import Engine, tokens
from workers.review.repository_rules import RULES
from workers.review.static_evidence import StaticHits, evidence_text, hits
from workers.review.timing import Deadline
from workers.review.untrusted import one_line, visible

PARSING_SHARE = 0.3
"""Of the time for related code, what may be spent on parsing; the rest is for searching and reading."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Background:
    """What may go with a question, by the changed file that it belongs to.

    Attributes:
        guidelines: what the repository asks of changes, in prose, for every question.
        related: path -> code from elsewhere, best first.
        shown: path -> numbers of the lines at the head that stand in view with the file's hunks.
        hits: what analysers say about changed lines.
    """

    guidelines: str = ""
    related: Mapping[str, Sequence[Related]] = field(default_factory=dict)
    shown: Mapping[str, frozenset[int]] = field(default_factory=dict)
    hits: StaticHits = field(default_factory=StaticHits)

    @property
    def rules(self) -> str:
        """The guidelines under their heading; empty without any."""
        return f"{RULES}:\n{self.guidelines}" if self.guidelines else ""

    def reported(self, paths: Iterable[str]) -> str:
        """What analysers say about some files; empty where they say nothing."""
        told = [f"{one_line(path)}:\n{text}" for path in paths if (text := evidence_text(self.hits, path))]
        return "\n".join(["Reported by static analysis:", *told]) if told else ""

    def beside(self, paths: Sequence[str], most: int) -> str:
        """Related code of some files that are shown together, in at most so many tokens."""
        shown = {path: self.shown[path] for path in paths if path in self.shown}
        pieces = chosen(self.related, paths, most, shown)
        text = related_text(pieces)
        while tokens(text) > most:  # hidden characters are longer when they are written out
            pieces = pieces[:-1]
            text = related_text(pieces)
        return f"Related code:\n{text}" if text else ""


async def look_around(
    files: Sequence[SourceFile], engine: Engine, deadline: Deadline, named: NamedFiles = NO_FILES
) -> Background:
    """Everything that can be had within a short time.

    Args:
        named: further files with rules that the policy names.
    """
    soon = Deadline(min(deadline.at, Deadline.after(engine.limits.related_seconds).at))
    around, reported = await asyncio.gather(
        _related(files, engine, soon, named), hits(files, engine.analysers, soon)
    )
    return replace(around, hits=reported)


async def _related(
    files: Sequence[SourceFile], engine: Engine, soon: Deadline, named: NamedFiles
) -> Background:
    """Related code and guidelines, without the hits."""
    code, block_lines = engine.code, engine.limits.enclosing_lines
    if code is None:
        return Background()
    paths = [file.path for file in files]
    bounds = RelatedLimits(block_lines=block_lines, seconds=engine.limits.related_seconds * PARSING_SHARE)
    try:
        [related] = await soon.gather([related_code(files, code, bounds)])
        [rules] = await soon.gather([guidelines(paths, code, named)])
    except GitHubError as error:
        _log.warning("Related code could not be read: %s", error)
        return Background()
    kept = _of_kinds(related or {}, engine.limits.related_kinds)
    shown = await asyncio.to_thread(_shown, files, block_lines) if kept else {}
    return Background(_guidelines(rules or ()), kept, shown)


def _of_kinds(
    related: Mapping[str, Sequence[Related]], kinds: Collection[RelatedKind]
) -> dict[str, tuple[Related, ...]]:
    kept = {path: tuple(one for one in pieces if one.kind in kinds) for path, pieces in related.items()}
    return {path: pieces for path, pieces in kept.items() if pieces}


def related_text(pieces: Sequence[Related]) -> str:
    """Code from elsewhere, each piece with what it is and where it stands."""
    return "\n".join(_piece(piece) for piece in pieces)


def _shown(files: Sequence[SourceFile], block_lines: int) -> dict[str, frozenset[int]]:
    return {file.path: shown_lines(file, block_lines) for file in files}


def _piece(piece: Related) -> str:
    lines: list[str] = []
    before = piece.start - 1
    for number, line in zip(piece.numbers, piece.lines, strict=True):
        lines += [GAP] if number > before + 1 else []
        lines.append(f"  {visible(line.replace(chr(9), '    '))[:LINE_LIMIT]}".rstrip())
        before = number
    title = f"[{piece.kind} of {one_line(piece.name, 100)}, {one_line(piece.path)}:{piece.start}]"
    return "\n".join([title, *lines])


def _guidelines(found: Sequence[Guideline]) -> str:
    parts = [
        f"From {one_line(path)}:\n" + "\n".join(visible(one.text) for one in group)
        for path, group in groupby(found, key=lambda one: one.path)
    ]
    return "\n\n".join(parts)
