"""The static pass: analysers alone, where no model is configured.

What is *not* here: the analysers (workers.analysers).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.domain.finding import OF_ANY_TEXT
from bot.domain.policy import Policy
from bot.domain.review import NotRead
from workers.analysers.languages import language_of
from workers.ports import Analysis, SourceFile
from workers.review.change import OUT_OF_TIME, Engine, Gap
from workers.review.evidence import gate_static
from workers.review.fitting import is_torn
from workers.review.looked import Heard, Looked
from workers.review.ranking import suppress
from workers.review.timing import Deadline

# Not passing: what made an analyser fail (broken syntax, a file too large) will do so again.
ANALYSER_FAILED = Gap("an analyser failed", passing=False)


async def analyse(
    files: Sequence[SourceFile],
    policy: Policy,
    engine: Engine,
    deadline: Deadline,
    reported: Sequence[SourceFile] = (),
) -> Looked:
    """Let every analyser look at every file. One counts as read when one covered it and none failed on it.

    Parsers recover from errors and go on behind them, so what a change tears does not count as read.

    Args:
        reported: further files, for reports of tools that ran elsewhere and for our look for secrets: no
            other analyser of ours knows them, and neither makes them read.
    """
    every = (*files, *reported)
    answers = await deadline.gather(
        [analyser.analyse(every if analyser.name in OF_ANY_TEXT else files) for analyser in engine.analysers]
    )
    [torn] = await deadline.gather([asyncio.to_thread(_torn, files)])
    analyses = [answer for answer in answers if answer is not None]
    covered = {path for analysis in analyses for path in analysis.covered}
    late = None in answers or torn is None
    not_read = tuple(
        NotRead(file.path, reason)
        for file in files
        if (reason := _obstacle(file.path, analyses, covered, late=late) or (torn or {}).get(file.path))
    )
    unread = {entry.path for entry in not_read}
    findings = [finding for analysis in analyses for finding in analysis.findings]
    failed = any(analysis.failed for analysis in analyses)
    return Looked(
        findings=suppress(gate_static(findings, every), policy),
        read=tuple(file.path for file in files if file.path not in unread),
        not_read=not_read,
        gaps=((OUT_OF_TIME,) if late else ()) + ((ANALYSER_FAILED,) if failed else ()),
        heard=Heard(
            frozenset(
                (analyser.name, path)
                for analyser, answer in zip(engine.analysers, answers, strict=True)
                for path in (answer.whole if answer else ())
            ),
            frozenset((finding.source, finding.path) for finding in findings),
        ),
    )


def _torn(files: Sequence[SourceFile]) -> dict[str, str]:
    """Path -> why analysers cannot have understood a file that they went through."""
    return {
        file.path: f"a part of it cannot be parsed as {language_of(file.path)}"
        for file in files
        if is_torn(file)
    }


def _obstacle(path: str, analyses: Sequence[Analysis], covered: set[str], *, late: bool) -> str | None:
    """Why a file does not count as read, or None. An analyser that was late may have had something to say."""
    failures = [analysis.failed[path] for analysis in analyses if path in analysis.failed]
    if failures:
        return failures[0]
    if late:
        return OUT_OF_TIME.reason
    return None if path in covered else "no analyser here has rules for it"
