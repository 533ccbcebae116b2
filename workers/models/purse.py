"""What one review may spend on models, in dollars and tokens, however many questions are under way at once.

Before a question is asked, the most that it can cost is put aside; afterwards what it did cost is booked. So
questions asked at the same time cannot overspend together.
What is *not* here: what a token costs (workers.models.prices), and where a day's spending stands (bot.store).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from math import inf
from typing import Protocol

from bot.domain.review import Usage
from bot.errors import BudgetHeld, BudgetSpent, QueueUnavailable
from bot.rendering.words import exact_dollars

_log = logging.getLogger(__name__)

REVIEW = "the budget of this review"
DAY = "the budget of this repository for today"
REVIEW_SPENT = f"{REVIEW} is spent"
DAY_SPENT = f"{DAY} is spent"
DAY_HELD = "other reviews of this repository hold what is left of its budget for today"
IMAGE_TOKENS = 1_600
"""What a picture counts as: providers scale larger ones down to about this."""
ANSWER_TOKENS = 16_000
"""Longest answer, reasoning included: room for fifty findings, and what older models allow."""
LEAST_ANSWER = 1_000
"""Tokens; a question whose answer would have to be shorter is not asked."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of one request: asked (all of them), read from a cache and written to it (parts of them), answered."""

    asked: int = 0
    cached: int = 0
    written: int = 0
    answered: int = 0


class Price(Protocol):
    """What a model's tokens cost, in dollars."""

    def of(self, tokens: Tokens) -> float:
        """A request that was answered."""

    def most(self, asked: int, answered: int) -> float:
        """A request of at most so many tokens, whatever of it is cached or has to be."""


class Ledger(Protocol):
    """Dollars that several reviews share: those of a repository on one day."""

    def left(self) -> float:
        """What may still be put aside; 0 or less where nothing is left."""

    def unspent(self) -> float:
        """What is not spent, though questions under way may hold it; 0 or less where nothing is left."""

    def take(self, usd: float) -> str | None:
        """Put this much aside, at once and for all reviews. Returns a name for it; None if it is not left."""

    def book(self, name: str, spent: float) -> None:
        """What was put aside under this name is free again, and this was spent.

        It may be called again for the same name, where the first call failed, and counts once.
        """


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a question waits, in seconds, while other reviews hold what it needs, and how often it looks.

    Their questions wake nobody here: they may be asked by another process.
    """

    seconds: float = 60.0
    pause: float = 1.0


@dataclass(slots=True, eq=False)
class Hold:
    """What is put aside for one request.

    Attributes:
        answer_tokens: bound of the answer.
        billed: what was spent: dollars and tokens. Where it stays unknown, everything counts as spent.
        name: what the day's ledger calls it.
    """

    usd: float
    tokens: int
    answer_tokens: int
    billed: tuple[float, int] | None = None
    name: str = ""


class Purse:
    """Shared by all models of one review. Serves one event loop.

    Args:
        usd: dollars, or None for no bound.
        tokens: asked and answered, or None for no bound.
        day: what other reviews draw on too, or None.
        spent: what earlier tries of the same review count as spent.
        patience: with other reviews that draw on the day.
    """

    def __init__(
        self,
        usd: float | None = None,
        tokens: int | None = None,
        day: Ledger | None = None,
        spent: Usage | None = None,
        patience: Patience | None = None,
    ) -> None:
        earlier = spent or Usage()
        self._usd = inf if usd is None else usd - (earlier.cost_usd or 0)
        self._tokens = inf if tokens is None else tokens - earlier.prompt_tokens - earlier.completion_tokens
        self._day = day
        self._patience = patience or Patience()
        self._spent = (0.0, 0)
        self._held: list[Hold] = []
        self._unbooked: list[tuple[str, float]] = []
        self._said: dict[str, str] = {}
        self._freed = asyncio.Condition()

    @property
    def day_is_spent(self) -> bool:
        """Whether the repository's day leaves nothing for another review, whatever is only held."""
        return self._day is not None and self._day.unspent() <= 0

    @property
    def spent(self) -> Usage:
        """What this try counts as spent: the bill, or all that was put aside where it is unknown.

        Dollars and tokens only; all tokens, asked or answered, stand as prompt tokens.
        """
        usd, tokens = self._spent
        usd += sum(held.usd for held in self._held)
        return Usage(prompt_tokens=tokens + sum(held.tokens for held in self._held), cost_usd=usd)

    def settle(self) -> None:
        """Book what could not be booked so far: to be called when the review ends. Raises nothing.

        What cannot be booked now either is lost for the day, and said in the log: its hold ends by itself.
        """
        self._book_all()
        if self._unbooked:
            usd = sum(spent for _, spent in self._unbooked)
            _log.error("%.6f dollars were spent and stand on no day's budget", usd)

    @asynccontextmanager
    async def hold(self, price: Price | None, asked: int, answer: int) -> AsyncIterator[Hold]:
        """Put aside what a request can cost at most, and book what it did cost.

        Waits while others hold what it needs: for other reviews only as long as patience lasts. The bound
        of the answer is lowered where all is not left, to `LEAST_ANSWER` at least.

        Args:
            asked: tokens of the request, at most.
            answer: wished bound of the answer.

        Raises:
            BudgetSpent: not even a short answer can be paid for.
            BudgetHeld: nor can it be while other reviews hold what they do.
            QueueUnavailable: the day's ledger cannot be reached; only ever before a request.
        """
        held = await self._reserve(price, asked, answer)
        try:
            yield held
        finally:
            await self._book(held)

    async def _reserve(self, price: Price | None, asked: int, answer: int) -> Hold:
        patience = self._patience.seconds
        async with self._freed:
            self._book_all()
            while True:
                most = self._affordable(price, asked, answer)
                enough = most == answer or (most >= LEAST_ANSWER and not self._held)
                if enough and (held := self._take(price, asked, most)):
                    return held
                if self._held:
                    await self._freed.wait()
                    continue
                shortage = self._shortage(price, asked, min(answer, LEAST_ANSWER))
                if patience <= 0 or not isinstance(shortage, BudgetHeld):
                    raise shortage
                patience -= self._patience.pause
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._patience.pause):
                        await self._freed.wait()

    def _affordable(self, price: Price | None, asked: int, answer: int) -> int:
        """The longest answer up to `answer` that can be paid for now; 0 where none can."""
        left = self._usd if self._day is None else min(self._usd, self._day.left())

        def fits(bound: int) -> bool:
            usd = price.most(asked, bound) if price else 0.0
            return asked + bound <= self._tokens and usd <= left

        return _largest(fits, answer)

    def _take(self, price: Price | None, asked: int, answer: int) -> Hold | None:
        """None where another worker's review was faster."""
        usd = price.most(asked, answer) if price else 0.0
        name = "" if self._day is None else self._day.take(usd)
        if name is None:
            return None
        held = Hold(usd, asked + answer, answer, name=name)
        self._change(-held.usd, -held.tokens)
        self._held.append(held)
        return held

    async def _book(self, held: Hold) -> None:
        usd, tokens = held.billed or (held.usd, held.tokens)
        async with self._freed:
            self._held.remove(held)
            self._change(held.usd - usd, held.tokens - tokens)
            self._spent = (self._spent[0] + usd, self._spent[1] + tokens)
            self._freed.notify_all()
            self._book_day(held.name, usd)

    def _book_day(self, name: str, spent: float) -> None:
        """Raises nothing: an answer is worth more than its entry. The next one tries what failed again."""
        if self._day is not None:
            self._unbooked.append((name, spent))
            self._book_all()

    def _book_all(self) -> None:
        if self._day is None:
            return
        try:
            while self._unbooked:
                self._day.book(*self._unbooked[0])
                del self._unbooked[0]
        except QueueUnavailable as error:
            _log.warning("What a question cost could not be booked yet: %s", error)

    def _change(self, usd: float, tokens: int) -> None:
        self._usd += usd
        self._tokens += tokens

    def _shortage(self, price: Price | None, asked: int, answer: int) -> BudgetSpent:
        """Why such a request cannot be paid for, while none of ours is under way."""
        usd, tokens = price.most(asked, answer) if price else 0.0, asked + answer
        if tokens > self._tokens:
            left = f"{self._tokens:,} tokens are" if self._tokens > 0 else ""
            return self._too_dear(f"{tokens:,} tokens", left, REVIEW)
        if self._day is None or usd > self._usd:
            return self._too_dear(exact_dollars(usd), _left(self._usd), REVIEW)
        unspent = self._day.unspent()
        if usd <= unspent:
            return BudgetHeld(DAY_HELD)
        return self._too_dear(exact_dollars(usd), _left(unspent), DAY)

    def _too_dear(self, cost: str, left: str, budget: str) -> BudgetSpent:
        """The same words for all that the same rest does not pay for: people read one reason, not twenty."""
        if not left:
            return BudgetSpent(f"{budget} is spent")
        rest = f"{left} left of {budget}"
        return BudgetSpent(self._said.setdefault(rest, f"a question would cost up to {cost}, and {rest}"))


@dataclass(frozen=True, slots=True)
class Meter:
    """What one model's requests are paid with.

    Attributes:
        price: None where it is not known: only tokens are bounded then.
        purse: None where nothing is bounded.
    """

    price: Price | None = None
    purse: Purse | None = None


def _left(usd: float) -> str:
    """Empty where nothing is."""
    return f"{exact_dollars(usd)} is" if usd > 0 else ""


def most_tokens(*parts: object) -> int:
    """An upper bound of the tokens in something that is sent, for all but contrived text.

    Two characters a token: code has three or more. What is no ASCII counts a token a byte.
    """
    text = "".join(part if isinstance(part, str) else repr(part) for part in parts)
    size, plain = len(text.encode("utf-8", "surrogatepass")), len(text.encode("ascii", "ignore"))
    return -(-plain // 2) + (size - plain)


def _largest(fits: Callable[[int], bool], most: int) -> int:
    """The largest whole number up to `most` that fits; 0 where none does."""
    if fits(most):
        return most
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
