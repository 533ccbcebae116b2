"""Every request of a hosted model is paid for: first answers, repairs, looks and further tries."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from bot.errors import BudgetSpent, ModelUnavailable, QueueUnavailable
from bot.settings import ModelPrice
from tests.support.model_provider import GOOD, LOOK, PROMPT, Lookup, Provider, Shape, calls, chat, trouble
from workers.models.prices import OwnPrice
from workers.models.purse import Meter, Purse
from workers.ports import Answer, Unanswered

PRICE = OwnPrice(ModelPrice(10_000, 1_000, 10_000))
"""A cent a token. The provider of these tests bills 100 tokens, 64 of them cached, and 10 of answer."""


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


async def left(purse: Purse) -> int:
    """Tokens of a purse that bounds tokens."""
    async with purse.hold(None, 0, 10**9) as held:
        held.billed = (0.0, 0)
    return held.answer_tokens


async def test_the_operators_price_is_what_an_answer_is_said_to_cost() -> None:
    answer = await Provider([chat(GOOD)]).model(meter=Meter(PRICE)).ask(PROMPT, Shape)
    assert answer.usage.cost_usd == pytest.approx(0.01 * 36 + 0.001 * 64 + 0.01 * 10)


async def test_a_question_that_cannot_be_paid_is_not_asked() -> None:
    provider = Provider([chat(GOOD)])
    answer = await provider.model(meter=Meter(None, Purse(tokens=900))).ask(PROMPT, Shape)
    assert isinstance(answer, Unanswered)
    assert isinstance(answer.error, BudgetSpent)
    assert (provider.requests, provider.pauses, answer.usage.calls) == ([], [], 0)


class Away:
    """A ledger in a Redis that goes away after so many answers."""

    def __init__(self, answers: int) -> None:
        self._answers = answers

    def left(self) -> float:
        return self._answer(1e9)

    def unspent(self) -> float:
        return self._answer(1e9)

    def take(self, _usd: float) -> str | None:
        return str(self._answer(1))

    def book(self, _name: str, _spent: float) -> None:
        self._answer(0)

    def _answer(self, value: float) -> float:
        self._answers -= 1
        if self._answers < 0:
            raise QueueUnavailable("Redis does not answer")
        return value


@pytest.mark.parametrize("answers", [0, 1])
async def test_a_ledger_that_is_away_leaves_a_question_unanswered(answers: int) -> None:
    provider = Provider([chat(GOOD)])
    answer = await provider.model(meter=Meter(PRICE, Purse(day=Away(answers)))).ask(PROMPT, Shape)
    assert isinstance(answer, Unanswered)
    assert isinstance(answer.error, ModelUnavailable)
    assert provider.requests == []


async def test_an_answer_that_cannot_be_booked_is_an_answer() -> None:
    purse = Purse(day=Away(2))
    answer = await Provider([chat(GOOD)]).model(meter=Meter(PRICE, purse)).ask(PROMPT, Shape)
    assert isinstance(answer, Answer)
    assert purse.spent.cost_usd == pytest.approx(answer.usage.cost_usd)


async def test_the_answer_is_bounded_by_what_is_left() -> None:
    provider = Provider([chat(GOOD)])
    await provider.model(meter=Meter(None, Purse(tokens=5_000))).ask(PROMPT, Shape)
    assert 4_000 < provider.body()["max_completion_tokens"] < 5_000
    provider = Provider([chat(GOOD)])
    await provider.model(meter=Meter(None, Purse(tokens=10**6))).ask(PROMPT, Shape)
    assert provider.body()["max_completion_tokens"] == 16_000


async def test_repairs_and_looks_are_paid_for_one_by_one() -> None:
    purse = Purse(tokens=100_000)
    provider = Provider([calls(LOOK), chat("{"), chat(GOOD)])
    answer = await provider.model(meter=Meter(None, purse)).ask(PROMPT, Shape, Lookup())
    assert isinstance(answer, Answer)
    assert await left(purse) == 100_000 - 3 * 110


async def test_a_repair_that_cannot_be_paid_ends_the_question_with_what_it_cost() -> None:
    # The second request holds the first answer too, so it is larger than what is left.
    provider = Provider([chat("x" * 4_000), chat(GOOD)])
    answer = await provider.model(meter=Meter(None, Purse(tokens=2_000))).ask(PROMPT, Shape)
    assert isinstance(answer, Unanswered)
    assert isinstance(answer.error, BudgetSpent)
    assert (len(provider.requests), answer.usage.prompt_tokens) == (1, 100)


@pytest.mark.parametrize(
    ("trouble_", "spent"), [(trouble(503), 0), (trouble(401), 0), (httpx2.ReadTimeout("late"), None)]
)
async def test_an_error_costs_nothing_and_silence_counts_in_full(
    trouble_: httpx2.Response | Exception, spent: int | None
) -> None:
    purse = Purse(tokens=100_000)
    await Provider([trouble_]).model(meter=Meter(None, purse)).ask(PROMPT, Shape)
    used = 100_000 - await left(purse)
    assert used == spent if spent is not None else used > 3 * 16_000


async def test_a_server_that_counts_nothing_is_counted_in_full() -> None:
    silent = chat(GOOD)
    body = silent.json() | {"usage": None}
    purse = Purse(tokens=100_000)
    await Provider([httpx2.Response(200, json=body)]).model(meter=Meter(None, purse)).ask(PROMPT, Shape)
    assert await left(purse) < 100_000 - 16_000


async def test_questions_at_once_never_overspend_together() -> None:
    """Each may cost 110 tokens really; the purse allows for ten such, and is never overdrawn on the way."""
    purse = Purse(usd=6.0)
    model = Provider([chat(GOOD)]).model(meter=Meter(PRICE, purse), answer_tokens=200)
    answers = await asyncio.gather(*(model.ask(PROMPT, Shape) for _ in range(30)))
    spent = sum(answer.usage.cost_usd or 0 for answer in answers)
    assert 0 < spent <= 6.0
    refused = [answer for answer in answers if isinstance(answer, Unanswered)]
    assert refused
    assert all(isinstance(answer.error, BudgetSpent) for answer in refused)


async def test_a_question_that_waits_for_money_does_not_run_out_of_the_providers_time() -> None:
    purse, release = Purse(tokens=20_000), asyncio.Event()

    async def hold() -> None:
        async with purse.hold(None, 1_000, 18_000) as held:
            await release.wait()
            held.billed = (0.0, 0)

    holding = asyncio.create_task(hold())
    await asyncio.sleep(0)
    model = Provider([chat(GOOD)]).model(meter=Meter(None, purse), timeout=0.3)
    asking = asyncio.create_task(model.ask(PROMPT, Shape))
    await asyncio.sleep(0.6)
    release.set()
    assert isinstance(await asking, Answer)
    await holding
