from __future__ import annotations

import pytest

from bot.domain.finding import Fate, Ruling
from bot.domain.policy import CrossCheck, Policy
from bot.domain.review import Review
from tests.support.changes import change_of, reader_of
from tests.support.scripted import finds, found, scripted, votes
from workers.models.scripted import ScriptedModel
from workers.review.change import Engine
from workers.review.pipeline import review_change

FILES = {
    "shop/share.py": (
        "def share(total, people):\n    if not people:\n        return 0\n    return total / people\n",
        "def share(total, people):\n    return total / people\n",
    ),
    "shop/tax.py": ("RATE = 19\n", "RATE = 20\n"),
}
SURE = found("shop/share.py", "    if not people:\n        return 0", confidence=0.95)
UNSURE = found("shop/tax.py", "RATE = 20", claim="The rate doubles.", confidence=0.5)


async def review(
    finder: ScriptedModel, checker: ScriptedModel | None, mode: CrossCheck | None = None
) -> Review:
    engine = Engine(reader_of(FILES), finder=finder, cross_checker=checker)
    return await review_change(change_of(FILES, title="Simplify"), Policy(cross_check=mode), engine)


async def test_by_default_the_second_model_is_asked_about_what_the_first_is_not_sure_of() -> None:
    checker = scripted(votes("confirmed"), name="second")
    done = await review(scripted(finds(SURE, UNSURE)), checker)
    assert ["RATE = 20" in prompt.user for prompt in checker.prompts] == [True]
    assert {one.finding.path: len(one.verdicts) for one in done.shown} == {
        "shop/share.py": 0,
        "shop/tax.py": 1,
    }
    assert done.cross_checker == "second"


async def test_strict_asks_about_everything_and_off_about_nothing() -> None:
    strict, off = scripted(votes("confirmed")), scripted(votes("confirmed"))
    await review(scripted(finds(SURE, UNSURE)), strict, CrossCheck.STRICT)
    done = await review(scripted(finds(SURE, UNSURE)), off, CrossCheck.OFF)
    assert (len(strict.prompts), len(off.prompts)) == (2, 0)
    assert done.cross_checker is None


async def test_without_a_second_model_nothing_is_asked_unless_policy_says_so() -> None:
    alone = scripted(finds(UNSURE), votes("refuted"))
    assert len((await review(alone, None)).shown) == 1
    done = await review(scripted(finds(UNSURE), votes("refuted")), None, CrossCheck.VERIFY)
    assert [one.disposition.fate for one in done.findings] == [Fate.REFUTED]
    assert done.cross_checker == done.reviewer


@pytest.mark.parametrize(("confidence", "fate"), [(0.5, Fate.SUPPRESSED), (0.75, Fate.POSTED)])
async def test_what_neither_model_is_sure_of_is_held_back_with_the_reason(
    confidence: float, fate: Fate
) -> None:
    finding = UNSURE | {"confidence": confidence}
    done = await review(scripted(finds(finding)), scripted(votes("unsure", reason="It hangs on a setting.")))
    [marked] = done.findings
    assert marked.disposition.fate is fate
    assert marked.verdicts[0].ruling is Ruling.UNSURE
    assert ("It hangs on a setting." in marked.disposition.reason) is (fate is Fate.SUPPRESSED)


async def test_the_question_shows_the_title_the_report_and_the_code_around_it() -> None:
    checker = scripted(votes("confirmed"))
    await review(scripted(finds(UNSURE)), checker)
    user = checker.prompts[0].user
    assert "Title: Simplify" in user
    assert "Claim: The rate doubles." in user
    assert "File: shop/tax.py" in user
    assert "-     if not people" not in user
