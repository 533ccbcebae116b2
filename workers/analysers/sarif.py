"""Hits of tools that ran elsewhere (the repository's own CI), as an analyser.

It has looked at nothing itself, so no file ever counts as covered by it: a report without hits is no proof of
a clean file.

What is *not* here: reading reports (bot.parsing.sarif, bot.github.alerts).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.finding import Finding, LineRange
from workers.analysers.rules import LONGEST_QUOTE, SourceText
from workers.ports import Analysis, SourceFile


@dataclass(frozen=True, slots=True)
class SarifHits:
    """Findings of one report as an `Analyser`.

    Attributes:
        findings: with lines; paths from the root of the repository, or of the machine that the tool ran on.
        name: of the kind of report: `sarif`, or `code-scanning`.
    """

    findings: tuple[Finding, ...]
    name: str = "sarif"

    async def analyse(self, files: Sequence[SourceFile]) -> Analysis:
        """The findings that are about these files, each with the code that stands there."""
        by_path = {file.path: file for file in files}
        root = _root({finding.path for finding in self.findings}, by_path.keys())
        placed = (_placed(finding, root, by_path) for finding in self.findings)
        return Analysis(tuple(finding for finding in placed if finding is not None))


def _root(reported: Collection[str], changed: Collection[str]) -> str:
    """The folder of the repository on the machine of the tool, with a slash at its end.

    Of all folders that would make a reported path one of the changed files it is the one that holds most of
    the reported paths; of equals the outermost. Else `/tmp/shop/docs/setup.py` could pass for `setup.py`.
    """
    absolute = [path for path in reported if path.startswith("/")]
    candidates = {path[: -len(known)] for path in absolute for known in changed if path.endswith(f"/{known}")}
    return max(
        candidates,
        key=lambda root: (sum(path.startswith(root) for path in absolute), -len(root)),
        default="/",
    )


def _placed(finding: Finding, root: str, by_path: Mapping[str, SourceFile]) -> Finding | None:
    """The finding with its quote; None for other files, and where a file has no such line (any more)."""
    file = by_path.get(finding.path.removeprefix(root))
    if file is None or finding.lines is None:
        return None
    source = SourceText.of(file.path, file.text)
    start, end = finding.lines.start, min(finding.lines.end, len(source.lines))
    if start > end:
        return None
    if end - start >= LONGEST_QUOTE:
        end = start
    return replace(finding, path=file.path, lines=LineRange(start, end), quote=source.quote(start, end))
