from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from bot.domain.finding import Disposition, Fate, MarkedFinding, Ruling, Severity, Verdict
from bot.domain.policy import Rule as PolicyRule
from tests.support.changes import Versions, change_of, diff_of, reader_of, source_of
from tests.support.golden import check_golden
from tests.support.planted_secrets import KEY
from tests.support.pushes import told_of
from tests.support.scripted import scripted
from workers.models.scripted import Rule, ScriptedModel
from workers.ports import SourceFile
from workers.review.change import Engine, Limits
from workers.review.cross_check import Checking
from workers.review.delta import Delta, delta_of
from workers.review.evidence import fingerprint
from workers.review.following import NOT_ASKED_AGAIN, Followed, Where, follow
from workers.review.matching import Known
from workers.review.questions import Questions
from workers.review.recheck_questions import question_about
from workers.review.rechecking import (
    CODE_GONE,
    MENDED_ELSEWHERE,
    MOST_QUESTIONS,
    NO_LONGER_REPORTED,
    PICTURE_CHANGED,
    Rechecked,
    may_return,
    recheck,
    returned,
    settle_without_model,
)
from workers.review.timing import Deadline

T = TypeVar("T")
NONCE = "0123456789abcdef"
PATH = "shop/share.py"
BASE = "def share(total, people):\n    if not people:\n        return 0\n    return total / people\n"
HEAD = "def share(total, people):\n    return total / people\n"
BEFORE: Versions = {PATH: (BASE, HEAD)}
NOW: Versions = {PATH: (BASE, HEAD.replace("    return", "    people = max(people, 1)\n    return"))}
TOLD = told_of(BEFORE, PATH, "    return total / people")
AT = "def share(total, people):\n    people = max(people, 1)\n    return total / people\n"


def verdict(ruling: str, reason: str = "Line 2 does.") -> Rule:
    answer = {"verdict": ruling, "introduced": True, "reason": reason}
    return Rule(name="^recheck", answer=answer)


def delta(now: Versions = NOW, before: Versions = BEFORE) -> Delta:
    was = diff_of(before)
    return delta_of(diff_of(now), frozenset(delta_of(was).read_with(file.path for file in was.files)))


def sources(now: Versions = NOW) -> list[SourceFile]:
    return [source_of(path, *texts) for path, texts in now.items()]


def known(*told: MarkedFinding, now: Versions = NOW, before: Versions = BEFORE) -> list[Known]:
    followed = follow(told or (TOLD,), diff_of(now), sources(now), delta(now, before))
    return [Known(one, fingerprint(one.marked.finding)) for one in followed]


def questions(now: Versions = NOW, seconds: float = 5.0, **limits: object) -> Questions:
    engine = Engine(reader_of(now), limits=Limits(**limits), nonce=lambda: NONCE)  # type: ignore[arg-type]
    rules = (PolicyRule("shares", "A share is never divided by zero.", severity=Severity.HIGH),)
    return Questions(
        change_of(now, title="Simplify share()"), sources(now), engine, Deadline.after(seconds), rules
    )


def run(job: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(job)


async def ask(
    model: ScriptedModel,
    *told: MarkedFinding,
    now: Versions = NOW,
    before: Versions = BEFORE,
    check: Checking | None = None,
    unread: frozenset[str] = frozenset(),
    one: list[Known] | None = None,
    seconds: float = 5.0,
) -> Rechecked:
    which = known(*told, now=now, before=before) if one is None else one
    return await recheck(which, delta(now, before), unread, questions(now, seconds), model, check)


async def fate(model: ScriptedModel, *told: MarkedFinding, **more: Any) -> Disposition:
    [one] = (await ask(model, *told, **more)).findings
    return one.disposition


async def test_a_finding_that_a_model_refutes_as_of_now_is_fixed_with_its_reason() -> None:
    model = scripted(verdict("refuted"), name="second")
    done = await ask(model)
    [one] = done.findings
    assert one.disposition == Disposition(Fate.FIXED, "Line 2 does.")
    assert one.verdicts == (Verdict(Ruling.REFUTED, "second", "Line 2 does."),)
    assert (one.comment_id, one.since, one.fingerprint) == (TOLD.comment_id, TOLD.since, TOLD.fingerprint)
    assert (done.usage.calls, done.unanswered) == (1, 0)


@pytest.mark.parametrize("ruling", ["confirmed", "unsure"])
async def test_what_is_not_refuted_stays_open_at_its_place_of_now(ruling: str) -> None:
    done = await ask(scripted(verdict(ruling)))
    [one] = done.findings
    assert (one.disposition, one.verdicts) == (Disposition(Fate.OPEN), ())
    assert one.anchor is not None
    assert one.anchor.line == 3
    assert done.unanswered == 0


@pytest.mark.parametrize("rule", [Rule(error="unavailable"), verdict("refuted")])
async def test_what_got_no_answer_stays_open_and_is_asked_about_next_time(rule: Rule) -> None:
    slow = rule.model_copy(update={"delay": 30.0}) if rule.error is None else rule
    done = await ask(scripted(slow), seconds=0.1)
    [one] = done.findings
    assert one.disposition.fate is Fate.OPEN
    assert one.disposition.reason.startswith(f"{NOT_ASKED_AGAIN}: ")
    assert done.unanswered == 1
    again = scripted(verdict("refuted"))
    assert (await fate(again, one, before=NOW)).fate is Fate.FIXED
    assert len(again.prompts) == 1


async def test_a_question_that_is_due_is_not_forgotten_while_its_file_cannot_be_looked_at() -> None:
    due = replace(TOLD, disposition=Disposition(Fate.OPEN, f"{NOT_ASKED_AGAIN}: time ran out"))
    lost = [Known(Followed(due, Where.UNKNOWN, PATH), "")]
    assert await fate(scripted(), one=lost) == due.disposition


async def test_nobody_is_asked_about_what_the_push_has_nothing_to_do_with() -> None:
    model = scripted()
    other: Versions = {**BEFORE, "shop/tax.py": ("RATE = 1\n", "RATE = 2\n")}
    assert await fate(model, now=other) == Disposition(Fate.OPEN)
    assert model.prompts == []


async def test_code_that_is_gone_is_fixed_and_nobody_is_asked() -> None:
    model = scripted()
    gone: Versions = {PATH: (BASE, HEAD.replace("total / people", "total"))}
    assert await fate(model, now=gone) == Disposition(Fate.FIXED, CODE_GONE)
    assert model.prompts == []


async def test_code_that_is_gone_from_a_file_that_could_not_be_read_stays_open() -> None:
    gone: Versions = {PATH: (BASE, HEAD.replace("total / people", "total"))}
    assert await fate(scripted(), now=gone, unread=frozenset({PATH})) == Disposition(Fate.OPEN)
    perhaps = [Known(Followed(TOLD, Where.GONE, None, ("shop/new.py",)), "")]
    assert await fate(scripted(), one=perhaps, unread=frozenset({"shop/new.py"})) == Disposition(Fate.OPEN)


def in_other_names() -> Known:
    """The finding, its code gone, and one of this review that may be it."""
    new = told_of(NOW, PATH, "    people = max(people, 1)", claim="Somebody shares with nobody.")
    return Known(Followed(TOLD, Where.GONE, PATH), "", perhaps=replace(new, comment_id=None, since=""))


async def test_nobody_is_asked_about_what_is_reported_in_its_place_while_its_file_is_to_be_read() -> None:
    model = scripted(verdict("confirmed"))
    done = await ask(model, one=[in_other_names()], unread=frozenset({PATH}))
    assert ([one.disposition for one in done.findings], done.same) == ([Disposition(Fate.OPEN)], ())
    assert model.prompts == []


@pytest.mark.parametrize("rule", [Rule(error="unavailable"), verdict("refuted")])
async def test_what_got_no_answer_whether_it_is_what_is_reported_in_its_place_stays_open(rule: Rule) -> None:
    slow = rule.model_copy(update={"delay": 30.0}) if rule.error is None else rule
    done = await ask(scripted(slow), one=[in_other_names()], seconds=0.1)
    [one] = done.findings
    assert (one.disposition.fate, done.unanswered) == (Fate.OPEN, 1)
    assert one.disposition.reason.startswith(f"{NOT_ASKED_AGAIN}: ")
    again = scripted(verdict("refuted"))
    assert (await fate(again, one, before=NOW)).fate is Fate.FIXED
    assert len(again.prompts) == 1


async def test_what_is_one_too_many_to_be_asked_whether_it_is_reported_in_its_place_stays_open() -> None:
    done = await ask(scripted(verdict("confirmed")), one=[in_other_names()] * (MOST_QUESTIONS + 1))
    assert {one.disposition.fate for one in done.findings} == {Fate.OPEN}
    assert (done.unanswered, len(done.same)) == (1, MOST_QUESTIONS)


def again(confidence: float, fate: Fate = Fate.POSTED, where: Where = Where.STANDS) -> list[Known]:
    """The finding, reported again on the lines of now."""
    quote = "    people = max(people, 1)\n    return total / people"
    new = told_of(NOW, PATH, quote, confidence=confidence)
    [one] = known()
    new = replace(new, disposition=Disposition(fate), comment_id=None, since="")
    return [replace(one, again=new, followed=replace(one.followed, where=where))]


@pytest.mark.parametrize("where", [Where.STANDS, Where.GONE])
@pytest.mark.parametrize(
    ("confidence", "check", "asked"),
    [(0.9, "verify", 0), (0.5, "verify", 1), (0.9, "strict", 1), (0.5, None, 0)],
)
async def test_what_is_reported_again_is_asked_about_as_new_findings_are(
    confidence: float, check: str | None, asked: int, where: Where
) -> None:
    model = scripted(verdict("confirmed"))
    checking = Checking(model, strict=check == "strict") if check else None
    done = await ask(model, one=again(confidence, where=where), check=checking)
    assert [one.disposition.fate for one in done.findings] == [Fate.OPEN]
    assert len(model.prompts) == asked


async def test_what_is_reported_again_by_a_source_that_hardly_believes_it_is_asked_about() -> None:
    model = scripted(verdict("refuted"))
    assert (await fate(model, one=again(0.2, Fate.SUPPRESSED))).fate is Fate.FIXED


async def test_a_thread_that_is_taken_over_keeps_its_words_and_gets_code_and_place_of_now() -> None:
    [one] = again(0.9, where=Where.GONE)
    [taken] = (await ask(scripted(), one=[one])).findings
    assert one.again is not None
    assert taken.finding.quote == one.again.finding.quote
    assert (taken.anchor, taken.fingerprint) == (one.again.anchor, one.again.fingerprint)
    assert (taken.finding.claim, taken.finding.severity) == (TOLD.finding.claim, TOLD.finding.severity)
    assert (taken.comment_id, taken.since) == (TOLD.comment_id, TOLD.since)


async def test_questions_of_one_review_are_bounded_and_go_to_the_worst_first() -> None:
    model = scripted(verdict("refuted"))
    mild = [replace(TOLD, finding=replace(TOLD.finding, severity=Severity.LOW))] * MOST_QUESTIONS
    bad = replace(TOLD, finding=replace(TOLD.finding, severity=Severity.CRITICAL))
    done = await ask(model, *mild, bad)
    assert len(model.prompts) == MOST_QUESTIONS
    assert [one.disposition.fate for one in done.findings].count(Fate.FIXED) == MOST_QUESTIONS
    assert done.findings[-1].disposition.fate is Fate.FIXED
    [left] = [one for one in done.findings if one.disposition.fate is Fate.OPEN]
    assert left.disposition.reason.startswith(NOT_ASKED_AGAIN)
    assert done.unanswered == 1


async def test_a_picture_is_settled_once_it_is_another_one_and_is_not_reported_again() -> None:
    finding = replace(TOLD.finding, path="a.png", quote="a.png", lines=None)
    told = replace(TOLD, finding=finding, anchor=None)
    for where, unread, expected in (
        (Where.GONE, frozenset[str](), Disposition(Fate.FIXED, PICTURE_CHANGED)),
        (Where.GONE, frozenset({"a.png"}), Disposition(Fate.OPEN)),
        (Where.UNKNOWN, frozenset[str](), Disposition(Fate.OPEN)),
    ):
        model = scripted()
        one = Known(Followed(told, where, "a.png"), "")
        assert await fate(model, one=[one], unread=unread) == expected
        assert model.prompts == []
    shown = replace(told, finding=replace(finding, confidence=0.1))
    one = Known(Followed(told, Where.GONE, "a.png"), "", shown)
    assert await fate(scripted(), one=[one], check=Checking(scripted())) == Disposition(Fate.OPEN)


SPLIT: Versions = {PATH: (None, "share = shares_of(total)\n")}
CALLER = told_of(SPLIT, PATH, "share = shares_of(total)")
MENDED: Versions = {**SPLIT, "shop/shares.py": (None, "def shares_of(total):\n    return total or 1\n")}


async def test_what_is_mended_in_another_file_is_remembered_as_such() -> None:
    mended = await fate(scripted(verdict("refuted")), CALLER, now=MENDED, before=SPLIT)
    assert mended == Disposition(Fate.FIXED, f"{MENDED_ELSEWHERE}Line 2 does.")


async def test_what_was_mended_elsewhere_is_asked_about_when_that_is_changed_or_taken_back() -> None:
    [told] = (await ask(scripted(verdict("refuted")), CALLER, now=MENDED, before=SPLIT)).findings
    for now, returns in ((MENDED, False), (SPLIT, True)):
        followed = follow([told], diff_of(now), sources(now), delta(now, MENDED))
        assert bool(may_return(followed, delta(now, MENDED))) is returns
    [back] = may_return(followed, delta(SPLIT, MENDED))
    for ruling, count in (("confirmed", 1), ("unsure", 0), ("refuted", 0)):
        model = scripted(verdict(ruling))
        done = await returned([back], [], delta(SPLIT, MENDED), questions(SPLIT), model)
        assert (len(done.findings), done.usage.calls) == (count, 1)
    again = await returned([back], [], delta(SPLIT, MENDED), questions(SPLIT), scripted(verdict("confirmed")))
    [new] = again.findings
    assert new.disposition.fate is Fate.POSTED
    assert (new.comment_id, new.since, len(new.verdicts)) == (None, "", 1)
    silent = await returned([back], [], delta(SPLIT, MENDED), questions(SPLIT), scripted())
    assert silent.findings == ()
    gone = replace(back, disposition=Disposition(Fate.FIXED, CODE_GONE))
    [reopened] = (await returned([gone], [], delta(SPLIT, MENDED), questions(SPLIT), scripted())).findings
    assert (reopened.disposition.fate, reopened.verdicts) == (Fate.POSTED, ())
    model = scripted()
    told_otherwise = known(CALLER, now=SPLIT, before=MENDED)
    done = await returned([back], told_otherwise, delta(SPLIT, MENDED), questions(SPLIT), model)
    assert (done.findings, model.prompts) == ((), [])


def test_without_a_model_a_rule_that_says_nothing_any_more_settles_its_finding() -> None:
    hit = replace(TOLD, finding=replace(TOLD.finding, source="ruff:B006"))
    [one] = known(hit, now=BEFORE)
    read = frozenset({PATH})
    fixed, opened = Disposition(Fate.FIXED, NO_LONGER_REPORTED), Disposition(Fate.OPEN)
    assert _static(one, read) == fixed
    assert _static(replace(one, again=hit), read) == opened
    assert _static(one, frozenset(), read) == opened
    assert _static(known(TOLD, now=BEFORE)[0], read) == opened
    gone: Versions = {PATH: (BASE, HEAD.replace("total / people", "total"))}
    assert _static(known(TOLD, now=gone)[0], read) == Disposition(Fate.FIXED, CODE_GONE)


def _static(one: Known, read: frozenset[str], unread: frozenset[str] = frozenset()) -> Disposition:
    [marked] = settle_without_model([one], read, unread).findings
    return marked.disposition


async def test_the_question_is_as_agreed() -> None:
    helper: Versions = {
        **NOW,
        "shop/cart.py": ("x = 1\n", "x = max(1, 2)\n"),
        "shop/tax.py": (None, "R = 1\n"),
    }
    hostile = replace(
        TOLD, finding=replace(TOLD.finding, claim="The guard\u202e is gone.", needs=("max",), rule="shares")
    )
    [one] = known(hostile, now=helper)
    made = await question_about(one.followed.marked, delta(helper), questions(helper))
    assert made is not None
    text = f"=== system ===\n{made.prompt.system}\n=== user ===\n{made.prompt.text}"
    check_golden("prompts/recheck-1.txt", text)


async def pushed(now: Versions, before: Versions) -> str:
    """What the question shows of the push."""
    [one] = known(now=now, before=before)
    made = await question_about(one.followed.marked, delta(now, before), questions(now))
    assert made is not None
    return made.prompt.user.partition("Pushed since the report was made:\n")[2]


async def test_what_was_pushed_is_shown_within_a_bound_and_not_where_all_of_it_is_new() -> None:
    assert (await pushed(NOW, BEFORE)).startswith("File: shop/share.py\n")
    assert await pushed(NOW, {}) == ""
    long = HEAD + "".join(f"x_{number} = {number}\n" for number in range(9_000))
    assert await pushed({PATH: (BASE, long)}, BEFORE) == ""


async def test_what_was_pushed_of_the_middle_of_a_key_is_masked_as_a_part_of_it() -> None:
    first, *_, last = KEY.split("\n")
    rows = [
        f"MIIB{number:02}q7Zk3Rw9Lm2Xv8Bt4Nc6Hd1Fs5Gj0PaTkVn2Yc8UeMIIBq7Zk3Rw9Lm2Xv8" for number in range(30)
    ]
    old, new = (
        "\n".join(('KEY = """', first, *rows[:14], row, *rows[16:], last, '"""', "")) for row in rows[14:16]
    )
    text = await pushed({PATH: (BASE + old, HEAD + new)}, {PATH: (BASE + old, HEAD + old)})
    assert "[masked:private-key:" in text
    assert [row for row in rows if row in text] == []
