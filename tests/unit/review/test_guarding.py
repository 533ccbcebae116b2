"""Refuted findings across pushes: nobody is told of them, until what refuted them is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.domain.finding import Category, Fate, MarkedFinding, Severity
from bot.domain.ledger import Earlier, Ledger
from bot.domain.policy import Policy
from bot.domain.pull_request import PullRequestRef
from bot.domain.review import Outcome, Review
from tests.support.changes import Versions, reader_of
from tests.support.pushes import change_with_renames
from tests.support.scripted import finds, found, scripted, votes
from workers.models.scripted import Rule, ScriptedModel
from workers.recalling import Recalled, ledger_after
from workers.review.change import Engine
from workers.review.doubting import MOST_ASKED
from workers.review.following import NOT_ASKED_AGAIN
from workers.review.guarding import MOST_SUSPECTS, UNGUARDED
from workers.review.lessons import lesson_of
from workers.review.pipeline import review_change
from workers.review.recounting import recount

FILLER = "".join(f"filler_{number} = {number}\n" for number in range(120))
SHARE, INVOICE, OTHER = "shop/share.py", "shop/invoice.py", "shop/other.py"
BASE = "def share(total, people):\n    if not people:\n        return 0\n    return total / people\n"
HEAD = "def share(total, people):\n    return total / people\n"
CALL = "    return share(order.total, order.people)\n"
CALLS = f"def invoice(order):\n    if not order.people:\n        return None\n{CALL}"
BARE = f"def invoice(order):\n{CALL}"
FILES: Versions = {SHARE: (BASE + FILLER, HEAD + FILLER), INVOICE: (None, CALLS)}
UNGUARDED_FILES: Versions = {**FILES, INVOICE: (None, BARE)}
GUARD = found(SHARE, "    return total / people", severity="medium", confidence=0.7)
REFUTED = votes("refuted", reason="`invoice` calls it with people only.")
POLICY = Policy(suggestions=False)


class Life:
    """A pull request, review by review."""

    def __init__(self, **engine: object) -> None:
        self.ledger = Ledger()
        self.heads = 0
        self.engine = engine

    async def push(
        self, files: Versions, *rules: Rule, renames: Mapping[str, str] | None = None, policy: Policy = POLICY
    ) -> tuple[Review, ScriptedModel]:
        """The review of these files, and the model with the second questions that it got."""
        self.heads += 1
        checker = scripted(*rules)
        made = Engine(
            reader_of(files),
            finder=scripted(*rules),
            cross_checker=checker,
            **self.engine,  # type: ignore[arg-type]
        )
        change = change_with_renames(files, renames, f"{self.heads:040x}")
        done = await review_change(change, policy, made, self.earlier)
        self.ledger = ledger_after(done, self.ledger, f"d-{self.heads}")
        return done, checker

    @property
    def earlier(self) -> Earlier:
        return Recalled(self.ledger).earlier()

    @property
    def held(self) -> tuple[MarkedFinding, ...]:
        return self.ledger.held


async def refuted(files: Versions = FILES, vote: Rule = REFUTED, *items: Mapping[str, object]) -> Life:
    """After a first review that found something and had it refuted."""
    life = Life()
    done, _ = await life.push(files, finds(*(items or (GUARD,))), vote)
    assert {one.disposition.fate for one in done.findings} == {Fate.REFUTED}
    return life


async def test_what_a_guard_kept_back_is_told_once_the_guard_is_gone() -> None:
    life = await refuted()
    done, checker = await life.push(UNGUARDED_FILES, finds(), votes("confirmed"))
    assert [prompt.name.partition("/")[0] for prompt in checker.prompts] == ["cross-check-2"]
    [told] = done.shown
    assert (told.disposition.fate, told.disposition.reason) == (Fate.POSTED, UNGUARDED)
    assert (told.finding.path, told.since, [vote.ruling for vote in told.verdicts]) == (
        SHARE,
        "",
        ["confirmed"],
    )
    assert life.ledger.open[0].since == done.head_sha
    assert life.held == ()
    assert "held back before" in UNGUARDED


async def test_a_push_that_has_nothing_to_do_with_it_asks_nobody_and_keeps_it() -> None:
    life = await refuted()
    files = {**FILES, OTHER: (None, "x = 1\n")}
    for number in range(2):
        files[OTHER] = (None, f"x = {number}\n")
        done, checker = await life.push(files, finds())
        assert (checker.prompts, done.findings) == ([], ())
    assert [one.finding.path for one in life.held] == [SHARE]
    done, _ = await life.push({**files, INVOICE: (None, BARE)}, finds(), votes("confirmed"))
    assert len(done.shown) == 1


async def test_a_change_close_to_it_has_it_judged_anew_and_one_far_away_in_its_file_does_not() -> None:
    life = await refuted()
    far = {**FILES, SHARE: (BASE + FILLER, HEAD + FILLER + "late = 1\n")}
    _, checker = await life.push(far, finds())
    assert checker.prompts == []
    near = {**FILES, SHARE: (BASE + FILLER, HEAD + "soon = 1\n" + FILLER + "late = 1\n")}
    _, checker = await life.push(near, finds(), REFUTED)
    assert len(checker.prompts) == 1


async def test_what_is_refuted_once_more_stays_quiet_until_something_changes_again() -> None:
    life = await refuted()
    done, checker = await life.push(UNGUARDED_FILES, finds(), votes("refuted", reason="Still."))
    assert (done.findings, len(checker.prompts)) == ((), 1)
    assert [one.disposition.reason for one in life.held] == ["Still."]
    _, checker = await life.push({**UNGUARDED_FILES, OTHER: (None, "x = 1\n")}, finds())
    assert checker.prompts == []
    done, checker = await life.push({**FILES, OTHER: (None, "x = 1\n")}, finds(), votes("unsure"))
    assert (done.shown, len(checker.prompts), len(life.held)) == ((), 1, 1)


@pytest.mark.parametrize("reason", ["The caller sees to it.", "invoice.py does not call it so."])
async def test_callers_and_files_are_known_though_the_reason_names_no_code(reason: str) -> None:
    life = await refuted(FILES, votes("refuted", reason=reason))
    assert life.held[0].guards == (INVOICE,)
    done, _ = await life.push(UNGUARDED_FILES, finds(), votes("confirmed"))
    assert len(done.shown) == 1


async def test_a_guard_in_code_that_the_change_did_not_touch_is_known_by_its_name() -> None:
    base = f"def invoice(order):\n    if checked_people(order):\n        return share(order)\n{FILLER}"
    files: Versions = {SHARE: FILES[SHARE]}
    life = await refuted(files, votes("refuted", reason="Only after `checked_people` is it called."))
    bare = base.replace("    if checked_people(order):\n        return", "    return")
    done, _ = await life.push({**files, INVOICE: (base, bare)}, finds(), votes("confirmed"))
    assert len(done.shown) == 1


async def test_without_an_answer_it_is_not_told_and_the_next_review_asks() -> None:
    life = await refuted()
    away = Rule(name="^cross-check", error="unavailable")
    done, _ = await life.push(UNGUARDED_FILES, finds(), away)
    assert (done.outcome, done.findings) == (Outcome.PARTIAL, ())
    assert life.held[0].disposition.reason.startswith(NOT_ASKED_AGAIN)
    done, _ = await life.push({**UNGUARDED_FILES, OTHER: (None, "x = 1\n")}, finds(), votes("confirmed"))
    assert len(done.shown) == 1


async def test_the_worst_few_are_asked_about_and_the_others_by_the_next_review() -> None:
    lines = [f"part_{number} = share({number}, 0)" for number in range(0, 90, 10)]
    text = FILLER.split("\n")
    for number, line in enumerate(lines):
        text.insert(number * 11, line)
    many: Versions = {**FILES, OTHER: (None, "\n".join(text) + "\n")}
    items = [found(OTHER, line, claim=f"{line} divides by zero.", confidence=0.7) for line in lines]
    life = await refuted(many, REFUTED, *items)
    bare = {**many, INVOICE: (None, BARE)}
    done, checker = await life.push(bare, finds(), votes("confirmed"))
    assert len(checker.prompts) == len(done.shown) == MOST_SUSPECTS
    done, checker = await life.push({**bare, SHARE: (BASE, HEAD + "x = 1\n")}, finds(), votes("confirmed"))
    assert len(done.with_fate(Fate.POSTED)) == len(lines) - MOST_SUSPECTS


async def test_a_guard_that_moves_with_its_file_costs_no_question_and_is_missed_when_it_goes() -> None:
    base = "def invoice(order):\n    return None\n"
    life = await refuted({**FILES, INVOICE: (base, CALLS)})
    renamed: Versions = {SHARE: FILES[SHARE], "shop/bill.py": (base, CALLS)}
    _, checker = await life.push(renamed, finds(), renames={"shop/bill.py": INVOICE})
    assert (checker.prompts, life.held[0].guards) == ([], ("shop/bill.py",))
    done, _ = await life.push({SHARE: FILES[SHARE]}, finds(), votes("confirmed"))
    assert len(done.shown) == 1


async def test_code_that_is_gone_takes_it_along() -> None:
    life = await refuted()
    await life.push({INVOICE: (None, BARE)}, finds())
    assert life.held == ()


async def test_what_was_wrong_before_the_change_is_listed_and_not_told() -> None:
    life = await refuted()
    done, _ = await life.push(UNGUARDED_FILES, finds(), votes("confirmed", introduced=False))
    assert [one.disposition.fate for one in done.findings] == [Fate.PRE_EXISTING]


async def test_what_people_have_dismissed_elsewhere_stays_held_back() -> None:
    life = await refuted()
    lesson = lesson_of(life.held[0], PullRequestRef("acme/shop", 3), "ana", "Meant so.", 0.0, 9_999_999)
    model = scripted(finds())
    engine = Engine(reader_of(UNGUARDED_FILES), finder=model, cross_checker=model)
    change = change_with_renames(UNGUARDED_FILES, None, "f" * 40)
    done = await review_change(change, POLICY, engine, replace(life.earlier, lessons=(lesson,)))
    assert (done.findings, [one.finding.path for one in done.held]) == ((), [SHARE])


async def test_where_nobody_is_asked_a_second_question_it_stays_held_back() -> None:
    life = await refuted()
    engine = Engine(reader_of(UNGUARDED_FILES), finder=scripted(finds()))
    change = change_with_renames(UNGUARDED_FILES, None, "f" * 40)
    done = await review_change(change, POLICY, engine, life.earlier)
    assert (done.findings, len(done.held)) == ((), 1)


@pytest.mark.parametrize("severity", ["medium", "high"])
async def test_reported_and_asked_about_it_is_told_once(severity: str) -> None:
    life = await refuted(FILES, REFUTED, GUARD | {"severity": severity})
    files = {**UNGUARDED_FILES, SHARE: (BASE + FILLER, HEAD + "soon = 1\n" + FILLER)}
    again = GUARD | {"claim": "Nothing guards it any more: it divides by zero.", "severity": severity}
    done, _ = await life.push(files, finds(again), votes("confirmed"))
    assert len(done.shown) == 1
    assert life.held == () or {one.disposition.fate for one in life.held} == {Fate.SUPPRESSED}


async def test_a_look_at_what_stands_lists_what_was_held_back_at_its_commit_and_keeps_the_rest() -> None:
    life = await refuted()
    files = {**FILES, OTHER: (None, "share(1, 0)\n")}
    item = found(OTHER, "share(1, 0)", claim="It divides.", severity="low", confidence=0.7)
    await life.push(files, finds(item), REFUTED)
    change = change_with_renames(files, None, life.ledger.head_sha)
    done = await recount(change, POLICY, Engine(reader_of(files), finder=scripted()), life.earlier)
    assert {one.finding.path for one in done.findings} >= {OTHER}
    after = ledger_after(done, life.ledger, "click")
    assert {one.finding.path for one in after.held} == {SHARE, OTHER}


@pytest.mark.parametrize(
    "unwanted",
    [
        Policy(suggestions=False, categories_off=frozenset({Category.MISSING_CHECK})),
        Policy(suggestions=False, severity_threshold=Severity.HIGH),
    ],
    ids=["category", "severity"],
)
async def test_what_the_policy_does_not_want_by_now_is_not_told_whatever_is_gone(unwanted: Policy) -> None:
    life = await refuted()
    done, _ = await life.push(UNGUARDED_FILES, finds(), votes("confirmed"), policy=unwanted)
    assert done.shown == ()


async def test_of_hardly_believed_reports_those_that_are_held_anyway_cost_no_other_its_question() -> None:
    lines = "".join(f"value_{number} = {number}\n" for number in range(10 * MOST_ASKED))
    doubts = [
        found(
            "big.py",
            f"value_{number} = {number}",
            claim=f"Number {number} is off.",
            severity="medium",
            confidence=0.3,
        )
        for number in range(0, 10 * MOST_ASKED, 10)
    ]
    late = found("big.py", "late = 1", claim="Late is wrong.", severity="low", confidence=0.3)
    life = Life()
    await life.push({"big.py": (FILLER, lines + FILLER)}, finds())
    files: Versions = {"big.py": (FILLER, f"{lines}{FILLER}late = 1\n")}
    done, checker = await life.push(files, finds(*doubts, late), votes("confirmed"))
    assert [one.finding.quote for one in done.shown] == ["late = 1"]
    assert len([prompt for prompt in checker.prompts if prompt.name.startswith("cross")]) == 1
