"""What a review may spend holds, however many questions are under way at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.domain.review import Usage
from bot.errors import BudgetHeld, BudgetSpent, ModelUnavailable, QueueUnavailable
from tests.support.scripted import finds, found, scripted
from workers.models.budgeted import BudgetedModel
from workers.models.purse import (
    DAY_HELD,
    DAY_SPENT,
    LEAST_ANSWER,
    REVIEW,
    REVIEW_SPENT,
    Hold,
    Meter,
    Patience,
    Purse,
    Tokens,
    most_tokens,
)
from workers.ports import Answer, Prompt, Unanswered
from workers.review.gaps import gap_of
from workers.review.reading import FindAnswer


class Dollar:
    """A dollar for a thousand tokens, whatever they are."""

    def of(self, tokens: Tokens) -> float:
        return (tokens.asked + tokens.answered) / 1000

    def most(self, asked: int, answered: int) -> float:
        return (asked + answered) / 1000


@dataclass
class Day:
    """A ledger in memory."""

    limit: float
    spent: float = 0.0
    held: float = 0.0
    booked: list[tuple[float, float]] = field(default_factory=list)

    def left(self) -> float:
        return self.unspent() - self.held

    def unspent(self) -> float:
        return self.limit - self.spent

    def take(self, usd: float) -> str | None:
        if usd > self.left():
            return None
        self.held += usd
        return str(usd)

    def book(self, name: str, spent: float) -> None:
        self.held -= float(name)
        self.spent += spent
        self.booked.append((float(name), spent))


async def spend(purse: Purse, asked: int, answer: int, really: int | None) -> Hold:
    """One request; `really` tokens are billed in the end, or nobody knows how many."""
    async with purse.hold(Dollar(), asked, answer) as held:
        await asyncio.sleep(0)
        if really is not None:
            held.billed = (really / 1000, really)
    return held


async def test_what_was_not_used_is_there_for_the_next() -> None:
    purse = Purse(tokens=10_000)
    assert (await spend(purse, 1_000, 8_000, really=2_000)).answer_tokens == 8_000
    assert (await spend(purse, 1_000, 7_000, really=7_000)).answer_tokens == 7_000
    with pytest.raises(BudgetSpent, match="up to 1,001 tokens, and 1,000 tokens are left"):
        await spend(purse, 1, 1_000, really=0)


@pytest.mark.parametrize("bounds", [{"usd": 5.0}, {"tokens": 5_000}])
async def test_an_answer_is_bounded_by_what_is_left_before_a_question_is_refused(
    bounds: dict[str, int],
) -> None:
    assert (await spend(Purse(**bounds), 1_000, 16_000, 0)).answer_tokens == 4_000
    assert (await spend(Purse(**bounds), 4_000, 16_000, 0)).answer_tokens == LEAST_ANSWER
    with pytest.raises(BudgetSpent):
        await spend(Purse(**bounds), 4_001, 16_000, 0)


async def test_many_at_once_never_hold_more_than_there_is_and_each_gets_its_turn() -> None:
    purse, under_way, most = Purse(tokens=10_000), [], []

    async def one() -> None:
        async with purse.hold(None, 1_000, 3_000) as held:
            under_way.append(held.tokens)
            most.append(sum(under_way))
            await asyncio.sleep(0.001)
            held.billed = (0.0, 500)
            under_way.remove(held.tokens)

    await asyncio.gather(*(one() for _ in range(12)))
    assert max(most) == 8_000
    assert len(most) == 12


async def test_those_that_wait_in_vain_are_refused_in_the_end() -> None:
    purse = Purse(tokens=5_000)
    outcomes = await asyncio.gather(
        *(spend(purse, 1_000, 4_000, really=5_000) for _ in range(4)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [Hold, BudgetSpent, BudgetSpent, BudgetSpent]


async def test_what_nobody_knows_the_price_of_afterwards_counts_in_full() -> None:
    purse = Purse(tokens=10_000)
    await spend(purse, 1_000, 6_000, really=None)
    assert (await spend(purse, 1_000, 6_000, really=0)).answer_tokens == 2_000


async def test_a_question_that_is_cut_off_counts_in_full_and_wakes_the_next() -> None:
    purse = Purse(tokens=10_000)
    started = asyncio.Event()

    async def endless() -> None:
        async with purse.hold(None, 1_000, 7_000):
            started.set()
            await asyncio.Event().wait()

    first = asyncio.create_task(endless())
    await started.wait()
    second = asyncio.create_task(spend(purse, 500, 7_000, really=0))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).answer_tokens == 1_500


async def test_earlier_tries_of_a_review_count() -> None:
    earlier = Usage(3, 6_000, 0, 1_000, 7.0)
    for purse in (Purse(tokens=9_000, spent=earlier), Purse(usd=9.0, spent=earlier)):
        assert (await spend(purse, 500, 9_000, 0)).answer_tokens == 1_500


@pytest.mark.parametrize(
    ("purse", "words"),
    [
        (Purse(usd=1.0), "a question would cost up to $1.50, and $1.00 is left of the budget of this review"),
        (
            Purse(tokens=900),
            "a question would cost up to 1,500 tokens, and 900 tokens are left of the budget of this review",
        ),
        (Purse(usd=0.0), REVIEW_SPENT),
        (Purse(tokens=0), REVIEW_SPENT),
    ],
)
async def test_a_budget_of_which_something_is_left_is_not_said_to_be_spent(purse: Purse, words: str) -> None:
    with pytest.raises(BudgetSpent) as refused:
        await spend(purse, 500, 9_000, 0)
    assert str(refused.value) == words


async def test_all_that_the_same_rest_does_not_pay_for_has_one_reason() -> None:
    purse, reasons = Purse(usd=2.0), set()
    for asked in (3_000, 2_000):
        with pytest.raises(BudgetSpent) as refused:
            await spend(purse, asked, 9_000, 0)
        reasons.add(str(refused.value))
    assert reasons == {"a question would cost up to $4.00, and $2.00 is left of the budget of this review"}


async def test_a_day_is_shared_and_books_what_was_really_spent() -> None:
    day = Day(limit=10.0)
    await spend(Purse(day=day), 1_000, 3_000, really=2_000)
    assert (day.spent, day.booked) == (2.0, [(4.0, 2.0)])
    other = Purse(usd=100.0, day=day)
    assert (await spend(other, 1_000, 20_000, 0)).answer_tokens == 7_000
    day.spent = 9.5
    with pytest.raises(
        BudgetSpent, match=r"a question would cost up to \$2\.00, and \$0\.50 is left of"
    ) as spent:
        await spend(other, 1_000, 20_000, 0)
    assert str(spent.value).endswith(" left of the budget of this repository for today")
    assert not other.day_is_spent
    day.spent = 10.0
    with pytest.raises(BudgetSpent, match=DAY_SPENT):
        await spend(other, 1_000, 20_000, 0)
    assert other.day_is_spent
    assert not Purse(usd=1).day_is_spent


async def test_what_another_review_only_holds_is_waited_for() -> None:
    day = Day(limit=10.0)
    other, release = Purse(day=day), asyncio.Event()

    async def hold() -> None:
        async with other.hold(Dollar(), 1_000, 9_000) as held:
            await release.wait()
            held.billed = (0.01, 10)

    holding = asyncio.create_task(hold())
    await asyncio.sleep(0)
    purse = Purse(day=day, patience=Patience(seconds=60, pause=0.001))
    assert not purse.day_is_spent
    asking = asyncio.create_task(spend(purse, 1_000, 2_000, really=0))
    await asyncio.sleep(0.01)
    assert not asking.done()
    release.set()
    assert (await asking).answer_tokens == 2_000
    await holding


async def test_what_others_hold_for_too_long_is_asked_for_at_a_later_try() -> None:
    purse = Purse(day=Day(limit=10.0, held=9.5), patience=Patience(seconds=0.01, pause=0.001))
    with pytest.raises(BudgetHeld, match=DAY_HELD) as held:
        await spend(purse, 1_000, 2_000, really=0)
    assert gap_of(held.value).passing
    assert not gap_of(BudgetSpent(DAY_SPENT)).passing


@pytest.mark.parametrize(
    ("bounds", "day"),
    [({"usd": 1.0}, Day(10.0, held=9.5)), ({"tokens": 1_000}, Day(10.0, held=9.5)), ({}, Day(10.0, 9.0))],
)
async def test_nobody_waits_for_what_would_not_be_enough(bounds: dict[str, int], day: Day) -> None:
    with pytest.raises(BudgetSpent) as spent:
        await asyncio.wait_for(spend(Purse(day=day, **bounds), 1_000, 2_000, really=0), 1)
    assert not isinstance(spent.value, BudgetHeld)


async def test_what_a_try_spent_is_what_the_next_one_lacks() -> None:
    purse, started = Purse(tokens=20_000, usd=100.0), asyncio.Event()

    async def endless() -> None:
        async with purse.hold(Dollar(), 1_000, 7_000):
            started.set()
            await asyncio.Event().wait()

    await spend(purse, 1_000, 3_000, really=500)
    await spend(purse, 1_000, 3_000, really=None)
    question = asyncio.create_task(endless())
    await started.wait()
    assert purse.spent == Usage(prompt_tokens=12_500, cost_usd=12.5)
    question.cancel()
    await asyncio.wait([question])
    assert purse.spent == Usage(prompt_tokens=12_500, cost_usd=12.5)
    later = Purse(tokens=20_000, spent=purse.spent)
    assert later.spent == Usage()
    assert (await spend(later, 500, 9_000, 0)).answer_tokens == 7_000


class Away(Day):
    """A ledger whose Redis went away."""

    def left(self) -> float:
        raise QueueUnavailable("Redis does not answer")


@dataclass
class AwayAfterwards(Day):
    """A ledger whose Redis went away while a question was under way."""

    away: bool = True

    def book(self, name: str, spent: float) -> None:
        if self.away:
            raise QueueUnavailable("Redis does not answer")
        super().book(name, spent)


async def test_a_ledger_that_is_away_leaves_a_question_unanswered_and_loses_no_answer() -> None:
    inner, prompt = scripted(finds(found("a.py", "x"))), Prompt("s" * 400, "u" * 400, "find-2")
    answer = await BudgetedModel(inner, Meter(Dollar(), Purse(day=Away(100.0)))).ask(prompt, FindAnswer)
    assert isinstance(answer, Unanswered)
    assert isinstance(answer.error, ModelUnavailable)
    assert inner.prompts == []
    day = AwayAfterwards(100.0)
    model = BudgetedModel(inner, Meter(Dollar(), Purse(day=day)))
    assert isinstance(await model.ask(prompt, FindAnswer), Answer)
    assert (day.held > 16.0, day.spent) == (True, 0.0)
    day.away = False
    assert isinstance(await model.ask(prompt, FindAnswer), Answer)
    assert (day.held, len(day.booked)) == (pytest.approx(0.0), 2)
    assert day.spent > 0


async def test_what_could_not_be_booked_is_booked_before_the_next_question_and_at_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    day = AwayAfterwards(100.0)
    purse = Purse(day=day)
    await spend(purse, 1_000, 3_000, really=2_000)
    purse.settle()
    assert (day.booked, caplog.messages[-1]) == (
        [],
        "2.000000 dollars were spent and stand on no day's budget",
    )
    day.away = False
    async with purse.hold(Dollar(), 1_000, 5_000) as held:
        assert day.booked == [(4.0, 2.0)]
        held.billed = (1.0, 1_000)
        day.away = True
    day.away = False
    said = len(caplog.messages)
    purse.settle()
    purse.settle()
    assert (day.booked, day.spent) == ([(4.0, 2.0), (6.0, 1.0)], 3.0)
    assert len(caplog.messages) == said


@pytest.mark.parametrize(
    ("text", "least"),
    [("x = 1\n" * 700, 1_400), ("日本語" * 100, 300), ("\U0001f600" * 10, 40), ("\udcff" * 3, 3)],
)
def test_the_estimate_is_on_the_safe_side(text: str, least: int) -> None:
    assert most_tokens(text) >= least
    assert most_tokens("a", text) >= most_tokens(text)


async def test_any_model_can_be_asked_under_a_budget() -> None:
    inner = scripted(finds(found("a.py", "x")))
    model = BudgetedModel(inner, Meter(Dollar(), Purse(usd=3.0)))
    prompt = Prompt("s" * 400, "u" * 400, "find-2")
    answer = await model.ask(prompt, FindAnswer)
    assert isinstance(answer, Answer)
    cost = answer.usage.cost_usd
    assert cost == (answer.usage.prompt_tokens + answer.usage.completion_tokens) / 1000
    while isinstance(answer := await model.ask(prompt, FindAnswer), Answer):
        pass
    assert isinstance(answer, Unanswered)
    assert isinstance(answer.error, BudgetSpent)
    assert str(answer.error).endswith(f" is left of {REVIEW}")
    assert answer.usage == Usage()
    assert 1 < len(inner.prompts) <= 3.0 / cost
