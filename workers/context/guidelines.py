"""What a repository asks of changes, in its own words; read from the base branch, out of a change's reach.

What is *not* here: the policy file (bot.parsing.policies) and its rules (workers.review.repository_rules).
Guidelines are words of others for a model, never settings.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Final

from bot.parsing.paths import matching_paths
from workers.context.counting import tokens_of
from workers.ports import CodeBase

_NAMES = ("REVIEW.md", "AGENTS.md", "CLAUDE.md", "CONTRIBUTING.md")
"""What says most about reviews comes first."""
_ELSEWHERE = (".github/REVIEW.md", ".github/CONTRIBUTING.md", "docs/CONTRIBUTING.md")
AT_THE_TOP: Final = (*_NAMES, *_ELSEWHERE)
"""What is read whichever files change; a folder may have further ones of `_NAMES`."""
_FOR_REVIEWS = "REVIEW.md"
"""What was written for reviewers counts as a whole."""
_FOR_PEOPLE = "CONTRIBUTING.md"
"""Long, and mostly about other things: only what asks for something is a rule."""
_PARTS = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+\.)\s)|\n(?=#)")
_ASKS = re.compile(
    r"\b(must|never|always|should|shall|do not|don't|avoid|require[sd]?|only|ensure|forbid\w*)\b",
    re.IGNORECASE,
)
_PROCESS = re.compile(
    r"commit messages?|pull requests?|\bPRs?\b|\bissues?\b|code of conduct|licen[sc]e|\bCLA\b|changelog"
    r"|discord|mailing|https?://",
    re.IGNORECASE,
)
_WILD = re.compile(r"[*?\[\]!\\]")
_MOST_FOLDERS = 60
TOTAL_TOKENS = 2_000
FILE_TOKENS = 1_000
NAMED_TOKENS = 2_000
"""For the files that a policy names, beside the usual ones."""
MOST_NAMED = 10
MOST_CHARACTERS = 64_000
"""Of one file that are looked at."""


@dataclass(frozen=True, slots=True)
class Guideline:
    """The text of one file, cut at the end of a line where it is long."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """Files with rules that a policy names.

    Attributes:
        patterns: gitignore patterns.
        known: paths that may stand on the base branch though they are not at the head: a change that removes
            or renames a file does not get rid of its rules.
    """

    patterns: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


NO_FILES = NamedFiles()


async def guidelines(
    paths: Sequence[str], code: CodeBase, named: NamedFiles = NO_FILES
) -> tuple[Guideline, ...]:
    """Guidelines that apply to some changed files: those that the policy names, then the nearest, bounded.

    Raises:
        GitHubError: the code base cannot be reached.
        PolicyError: a pattern cannot be used.
    """
    further = await _named(named, code) if named.patterns else ()
    usual = await _usual(paths, code)
    return (*further, *(one for one in usual if one.path not in {other.path for other in further}))


async def _named(named: NamedFiles, code: CodeBase) -> tuple[Guideline, ...]:
    """What the policy names, whole as far as there is room, in the order of its patterns."""
    candidates = {*await code.paths(), *named.known, *filter(None, map(_literal, named.patterns))}
    chosen = (await asyncio.to_thread(_matching, candidates, named.patterns))[:MOST_NAMED]
    texts = await code.read_base(chosen)
    found: list[Guideline] = []
    room = NAMED_TOKENS
    for path in chosen:
        text = _cut((texts.get(path) or "").strip()[:MOST_CHARACTERS], room)
        if text:
            found.append(Guideline(path, text))
            room -= tokens_of(len(text))
    return tuple(found)


def _matching(paths: Iterable[str], patterns: Sequence[str]) -> list[str]:
    """Paths that the patterns mean, in the order of the patterns that decide."""
    decides = matching_paths(patterns, "guidelines")
    found = [(patterns.index(pattern), path) for path in paths if (pattern := decides(path)) is not None]
    return [path for _, path in sorted(found)]


def _literal(pattern: str) -> str:
    """The path that a pattern without a wildcard names; else empty."""
    return "" if _WILD.search(pattern) else pattern.strip("/")


async def _usual(paths: Sequence[str], code: CodeBase) -> tuple[Guideline, ...]:
    """What repositories call such files, those nearest to the changed files first."""
    folders = _folders(paths)
    names = [f"{folder}/{name}" if folder else name for folder in folders for name in _NAMES]
    wanted = tuple(dict.fromkeys([*names, *_ELSEWHERE]))
    texts = await code.read_base(wanted)
    found: dict[str, Guideline] = {}
    room = TOTAL_TOKENS
    for path in wanted:
        text = (texts.get(path) or "").strip()
        if not text or text in found:
            continue
        text = text[:MOST_CHARACTERS]
        wanted_part = text if path.endswith(_FOR_REVIEWS) else _rules_in(path, text)
        cut = _cut(wanted_part, min(room, FILE_TOKENS))
        if cut:
            found[text] = Guideline(path, cut)
            room -= tokens_of(len(cut))
    return tuple(found.values())


def _folders(paths: Sequence[str]) -> list[str]:
    """Folders that some files stand in, deepest first; the top, which is empty, last."""
    folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
    named = sorted(folders - {"."}, key=lambda folder: (-folder.count("/"), folder))
    return [*named[:_MOST_FOLDERS], ""]


def _rules_in(path: str, text: str) -> str:
    """Paragraphs and list items as they stand, in whatever language; how to contribute is no rule.

    What asks for something comes first where there is no room for all, and alone in a text for people.
    """
    found = [part.strip() for part in _PARTS.split(_without_code(text))]
    parts = [part for part in found if part and not _PROCESS.search(part)]
    asking = [part for part in parts if _ASKS.search(part)]
    if path.endswith(_FOR_PEOPLE):
        return _lines(asking)
    said = [part for part, after in pairwise([*parts, "#"]) if not (_is_heading(part) and _is_heading(after))]
    if tokens_of(len(_lines(said))) <= FILE_TOKENS:
        return _lines(said)
    first = set(asking)
    return _lines([*asking, *(part for part in said if part not in first)])


def _lines(parts: Sequence[str]) -> str:
    return "\n".join(parts)


def _is_heading(part: str) -> bool:
    """Whether it says nothing by itself."""
    return part.startswith("#") and "\n" not in part


def _without_code(text: str) -> str:
    """The text without fenced code; a fence that never ends takes the rest with it."""
    kept: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = line.lstrip()[:3]
        if fence:
            fence = "" if mark == fence and not line.strip().strip("`~") else fence
        elif mark in ("```", "~~~"):
            fence = mark
        else:
            kept.append(line)
    return "\n".join(kept)


def _cut(text: str, room: int) -> str:
    """As many whole lines from the start as fit."""
    kept: list[str] = []
    for line in text.split("\n"):
        room -= tokens_of(len(line)) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join(kept).strip()
