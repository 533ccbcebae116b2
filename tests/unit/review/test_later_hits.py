"""Further reviews and what rules and reports said: who looks again decides."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.finding import Category, Fate, Finding, LineRange, Severity
from tests.support.analysing import FixedAnalyser
from tests.support.changes import Versions
from tests.support.later import refutes, review
from tests.support.pushes import after
from tests.support.scripted import finds, scripted
from workers.analysers.sarif import SarifHits
from workers.ports import Analyser, Analysis
from workers.review.change import Limits

SHARE, TAX = "shop/share.py", "shop/tax.py"
FILES: Versions = {
    SHARE: (None, "def share(total, people):\n    return total / people\n"),
    TAX: ("RATE = 19\n", "RATE = 20\n" + "".join(f"filler_{number} = {number}\n" for number in range(20))),
}
HIT = Finding(
    path=TAX,
    lines=None,
    quote="RATE = 20",
    category=Category.TYPE,
    severity=Severity.MEDIUM,
    confidence=0.9,
    claim="The rate is a number.",
    trigger="",
    consequence="",
    source="ruff:B006",
)


def hits(*lines: int) -> FixedAnalyser:
    findings = tuple(replace(HIT, lines=LineRange(line, line)) for line in lines)
    return FixedAnalyser(Analysis(findings, frozenset(FILES)))


async def test_analysers_look_at_everything_again_and_decide_about_what_their_rules_said() -> None:
    one = await review(FILES, None, analysers=(hits(1),))
    assert [marked.disposition.fate for marked in one.findings] == [Fate.POSTED]
    same = await review(FILES, None, after(one), analysers=(hits(1),))
    assert [marked.disposition.fate for marked in same.shown] == [Fate.OPEN]
    assert (same.coverage.read, same.coverage.earlier) == ((SHARE, TAX), ())
    gone = await review(FILES, None, after(same), analysers=(hits(),))
    assert [marked.disposition.reason for marked in gone.findings] == ["the analysers no longer report it"]
    late = await review(
        FILES,
        None,
        after(same),
        analysers=(hits(1), FixedAnalyser(Analysis(), 30)),
        limits=Limits(deadline=0.2),
    )
    assert [marked.disposition.fate for marked in late.shown] == [Fate.OPEN]


async def test_an_alert_is_fixed_once_all_alerts_are_at_hand_and_none_of_its_rule_is_in_its_file() -> None:
    def alerts(*lines: int, is_whole: bool = True) -> tuple[Analyser, ...]:
        alert = replace(HIT, source="code-scanning:CodeQL:py/rate", quote="")
        found = tuple(replace(alert, lines=LineRange(line, line)) for line in lines)
        return hits(), SarifHits(found, "code-scanning", is_whole)

    one = await review(FILES, None, analysers=alerts(1))
    assert [marked.disposition.fate for marked in one.findings] == [Fate.POSTED]

    async def then(*analysers: Analyser) -> Fate:
        done = await review(FILES, None, after(one), analysers=analysers)
        [fate] = [
            marked.disposition.fate for marked in done.findings if marked.finding.lines == LineRange(1, 1)
        ]
        return fate

    assert await then(*alerts()) is Fate.FIXED
    assert await then(*alerts(is_whole=False)) is Fate.OPEN
    assert await then(hits()) is Fate.OPEN  # nobody could ask for alerts
    assert await then(*alerts(15)) is Fate.OPEN  # of a commit before, whose lines were others
    assert await then(*alerts(99)) is Fate.OPEN


async def test_a_model_reads_what_only_analysers_have_read() -> None:
    one = await review(FILES, None, analysers=(hits(1),))
    model = scripted(finds(), refutes("confirmed"))
    done = await review(FILES, model, after(one))
    assert done.coverage.read == (SHARE, TAX)
    assert [marked.disposition.fate for marked in done.findings] == [Fate.OPEN]
