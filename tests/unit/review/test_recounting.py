"""What stands at a commit that was reviewed, said once more: no model is asked, and nothing turns green."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest

from bot.domain.diff import FileDiff, FileStatus
from bot.domain.finding import Disposition, Fate
from bot.domain.ledger import Earlier, Ledger
from bot.domain.policy import Policy
from bot.domain.review import NotRead, Outcome, Review
from tests.support.changes import TextReader, Versions, change_of, reader_of
from tests.support.scripted import finds, found, scripted, votes
from tests.support.small_change import FILES, GUARD, RATE
from workers.models.scripted import Rule
from workers.ports import CodeReader, Image
from workers.recalling import Recalled, ledger_after
from workers.review.change import Change, Engine, Limits
from workers.review.cross_check import NOT_ASKED
from workers.review.delta import delta_at_rest
from workers.review.following import NOT_ASKED_AGAIN
from workers.review.pipeline import review_change
from workers.review.recounting import NOT_READ_YET, recount

SHARE, TAX = sorted(FILES)
TAX_IS_AWAY = Rule(match=r"shop/tax\.py", name="^find", error="unavailable")
POLICY = Policy(suggestions=False, max_comments=1)
CHANGE = change_of(FILES)
PICTURE = FileDiff("cart.png", FileStatus.ADDED, is_binary=True)


async def left_by(*rules: Rule, change: Change = CHANGE, policy: Policy = POLICY, **engine: object) -> Ledger:
    """The ledger that a first review leaves, with each file in a question of its own."""
    made = Engine(reader_of(FILES), finder=scripted(*rules), limits=Limits(bundle_tokens=45), **engine)  # type: ignore[arg-type]
    return ledger_after(await review_change(change, policy, made), Ledger())


async def counted(ledger: Ledger, change: Change = CHANGE, files: Versions = FILES) -> Review:
    model = scripted()
    review = await recount(change, POLICY, Engine(reader_of(files), finder=model), earlier(ledger))
    assert (model.prompts, review.usage.calls) == ([], 0)
    return review


def earlier(ledger: Ledger) -> Earlier:
    return Recalled(ledger).earlier()


async def test_what_no_review_has_read_stays_unread_and_is_named() -> None:
    ledger = await left_by(TAX_IS_AWAY, finds(GUARD))
    done = await counted(ledger)
    assert done.coverage.not_read == (NotRead(TAX, NOT_READ_YET),)
    assert (done.coverage.read, done.coverage.earlier) == ((), (SHARE,))
    assert (done.outcome, done.retryable) == (Outcome.PARTIAL, False)
    assert [one.disposition.fate for one in done.shown] == [Fate.POSTED]
    after = ledger_after(done, ledger)
    assert (after.hunks, after.round) == (ledger.hunks, ledger.round)
    model = scripted(finds(RATE))
    await review_change(CHANGE, POLICY, Engine(reader_of(FILES), finder=model), earlier(after))
    assert [TAX in prompt.text for prompt in model.prompts] == [True]


async def test_where_everything_was_read_everything_counts_as_read() -> None:
    done = await counted(await left_by(finds(GUARD)))
    assert (done.outcome, done.coverage.earlier) == (Outcome.COMPLETED, (SHARE, TAX))


async def test_findings_stay_as_they_were_told_those_over_the_comment_limit_too() -> None:
    weak = found(TAX, "RATE = 20", claim="Twenty is much.", confidence=0.01, category="type")
    ledger = await left_by(finds(GUARD, RATE, weak))
    done = await counted(ledger)
    assert done.findings == ledger.findings
    assert {one.disposition.fate for one in done.findings} == {Fate.POSTED, Fate.FOLDED, Fate.SUPPRESSED}


async def test_what_was_told_at_an_earlier_commit_is_open_and_what_people_settled_is_settled() -> None:
    ledger = await left_by(finds(GUARD, RATE))
    guard, rate = ledger.findings
    dismissed = replace(rate, disposition=Disposition(Fate.DISMISSED, "meant so", "ana"))
    done = await counted(replace(ledger, findings=(replace(guard, since="b" * 40), dismissed)))
    assert [one.disposition for one in done.findings] == [Disposition(Fate.OPEN), dismissed.disposition]


async def test_a_question_that_got_no_answer_is_still_due() -> None:
    ledger = await left_by(finds(GUARD))
    [guard] = ledger.findings
    due = Disposition(Fate.OPEN, f"{NOT_ASKED_AGAIN}: time ran out")
    done = await counted(replace(ledger, findings=(replace(guard, since="b" * 40, disposition=due),)))
    assert (done.outcome, done.reason) == (Outcome.PARTIAL, f"1 open finding {NOT_ASKED_AGAIN}")
    assert [one.disposition for one in done.findings] == [due]


async def test_a_second_model_that_was_away_has_still_not_been_asked() -> None:
    checker = scripted(votes("confirmed", times=0), Rule(error="unavailable"))
    ledger = await left_by(finds(GUARD | {"confidence": 0.7}), cross_checker=checker)
    done = await counted(ledger)
    assert (done.outcome, done.reason) == (
        Outcome.PARTIAL,
        f"the second model {NOT_ASKED} about 1 of the findings",
    )


@pytest.mark.parametrize(("since", "named"), [("", "second"), ("b" * 40, None)])
async def test_a_second_model_is_named_where_it_judged_what_was_found_at_this_commit(
    since: str, named: str | None
) -> None:
    checker = scripted(votes("confirmed"), name="second")
    ledger = await left_by(finds(GUARD | {"confidence": 0.7}), cross_checker=checker)
    [guard] = ledger.findings
    told = replace(ledger, findings=(replace(guard, since=since or guard.since),))
    engine = Engine(reader_of(FILES), finder=scripted(), cross_checker=checker)
    done = await recount(CHANGE, POLICY, engine, earlier(told))
    assert (done.cross_checker, done.has_second) == (named, True)


async def test_a_picture_that_was_seen_counts_as_seen_though_nobody_fetches_it() -> None:
    change = replace(CHANGE, diff=replace(CHANGE.diff, files=(*CHANGE.diff.files, PICTURE)))
    shown = replace(change, images=(Image(PICTURE.path, "image/png", b"1"),))
    ledger = await left_by(finds(GUARD), change=shown, sees_images=True)
    done = await counted(ledger, change)
    assert set(done.coverage.earlier) == {PICTURE.path, SHARE, TAX}
    assert done.coverage.excluded == ()
    assert frozenset(done.hunks) == ledger.hunks
    assert delta_at_rest(change.diff, frozenset()).pictures == {}


async def test_a_text_that_cannot_be_had_changes_nothing_about_what_stands() -> None:
    ledger = await left_by(finds(GUARD))
    engine = Engine(TextReader({}), finder=scripted())
    done = await recount(CHANGE, POLICY, engine, earlier(ledger))
    assert (done.outcome, done.findings) == (Outcome.COMPLETED, ledger.findings)


NESTED: Versions = {
    "shop/till.py": (
        "def total(rows):\n    known = 0\n    for row in rows:\n        known += row\n"
        + "        print(row)\n" * 9
        + "        count(row)\n    return known\n",
        "def total(rows):\n    known = 0\n    for row in rows:\n        known += row\n"
        + "        print(row)\n" * 9
        + "        count(row, row)\n    return known\n",
    )
}


@dataclass
class LateReader:
    """It does not answer in time."""

    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        await asyncio.Event().wait()
        return {}


@pytest.mark.parametrize("reader", [TextReader({}), LateReader()], ids=["no-text", "too-late"])
async def test_what_was_read_inside_of_a_function_is_read_though_its_text_cannot_be_had(
    reader: CodeReader,
) -> None:
    change = change_of(NESTED)
    read = await review_change(change, POLICY, Engine(reader_of(NESTED), finder=scripted(finds())))
    ledger = ledger_after(read, Ledger())
    engine = Engine(reader, finder=scripted(), limits=Limits(deadline=0.05))
    done = await recount(change, POLICY, engine, earlier(ledger))
    assert (done.outcome, done.coverage.earlier, done.coverage.not_read) == (
        Outcome.COMPLETED,
        tuple(NESTED),
        (),
    )
    assert frozenset(done.hunks) == ledger.hunks


async def test_what_no_review_could_compare_with_what_it_read_stays_unread() -> None:
    change = change_of(NESTED)
    read = await review_change(change, POLICY, Engine(reader_of(NESTED), finder=scripted(finds())))
    blind = Engine(TextReader({}), finder=scripted())
    pushed = await review_change(change, POLICY, blind, earlier(ledger_after(read, Ledger())))
    assert pushed.outcome is Outcome.PARTIAL
    done = await recount(change, POLICY, blind, earlier(ledger_after(pushed, Ledger())))
    assert (done.outcome, done.coverage.earlier) == (Outcome.PARTIAL, ())
