"""Hits of tools that ran elsewhere (the repository's own CI), as an analyser.

It has looked at nothing itself, so no file ever counts as covered by it: a report without hits is no proof of
a clean file.

What is *not* here: reading reports (bot.parsing.sarif, bot.github.alerts).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.finding import Finding, LineRange
from workers.analysers.rules import LONGEST_QUOTE, SourceText
from workers.ports import Analysis, SourceFile


@dataclass(frozen=True, slots=True)
class SarifHits:
    """Findings of one report as an `Analyser`.

    Attributes:
        findings: with lines; paths from the root of the repository, or of the machine that the tool ran on.
        name: of the kind of report: `sarif`, or `code-scanning`.
        is_whole: whether that is all that there is to say, as far as is known.
    """

    findings: tuple[Finding, ...]
    name: str = "sarif"
    is_whole: bool = True

    async def analyse(self, files: Sequence[SourceFile]) -> Analysis:
        """The findings that are about these files, each with the code that stands there."""
        return await asyncio.to_thread(self._analyse, files)  # thousands of hits must not hold up a deadline

    def _analyse(self, files: Sequence[SourceFile]) -> Analysis:
        by_path = {file.path: file for file in files}
        root = _root({finding.path for finding in self.findings}, by_path.keys())
        quotes = _Quotes(by_path)
        placed = [(finding, _placed(finding, root, quotes)) for finding in self.findings]
        lost = {finding.path.removeprefix(root) for finding, at in placed if at is None}
        whole = by_path.keys() - lost if self.is_whole else ()
        return Analysis(tuple(at for _, at in placed if at is not None), whole=frozenset(whole))


@dataclass(frozen=True, slots=True)
class _Quotes:
    """Code of the files by path; many hits may be in one file, which is cut into lines once."""

    files: Mapping[str, SourceFile]
    _sources: dict[str, SourceText] = field(default_factory=dict)
    _quotes: dict[tuple[str, int, int], str] = field(default_factory=dict)

    def source(self, path: str) -> SourceText | None:
        """The lines of a file; None where it is none of these."""
        if path in self.files and path not in self._sources:
            self._sources[path] = SourceText.of(path, self.files[path].text)
        return self._sources.get(path)

    def quote(self, source: SourceText, start: int, end: int) -> str:
        """The lines, the same text each time: they may be long."""
        place = (source.path, start, end)
        if place not in self._quotes:
            self._quotes[place] = source.quote(start, end)
        return self._quotes[place]


def _root(reported: Collection[str], changed: Collection[str]) -> str:
    """The folder of the repository on the machine of the tool, with a slash at its end.

    Of all folders that would make a reported path one of the changed files it is the one that holds most of
    the reported paths; of equals the outermost. Else `/tmp/shop/docs/setup.py` could pass for `setup.py`.
    """
    absolute = [path for path in reported if path.startswith("/")]
    candidates = {folder for path in absolute for folder in _folders(path) if path[len(folder) :] in changed}
    held = Counter(folder for path in absolute for folder in _folders(path) if folder in candidates)
    return max(held, key=lambda root: (held[root], -len(root), root), default="/")


def _folders(path: str) -> Iterator[str]:
    """All folders that a path is in, outermost first, each with its slash."""
    end = path.find("/") + 1
    while end:
        yield path[:end]
        end = path.find("/", end) + 1


def _placed(finding: Finding, root: str, quotes: _Quotes) -> Finding | None:
    """The finding with its quote; None for other files, and where a file has no such line (any more)."""
    source = quotes.source(finding.path.removeprefix(root))
    if source is None or finding.lines is None:
        return None
    start, end = finding.lines.start, min(finding.lines.end, len(source.lines))
    if start > end:
        return None
    if end - start >= LONGEST_QUOTE:
        end = start
    quote = quotes.quote(source, start, end)
    return replace(finding, path=source.path, lines=LineRange(start, end), quote=quote)
