"""Asks GitHub to deliver again what the receiver did not accept: GitHub itself repeats nothing.

Which attempts are asked for is decided by `choose`, a pure function; the pass around it holds a lock of the
whole fleet, so two never ask for the same. A delivery has its id whenever it comes, so one that was accepted
after all is known to the queue and leads to nothing.

Nobody here knows whether the way to the receiver is open; only GitHub's log shows it. While the last attempt
of all failed, one delivery a pass is asked for, as a probe; a delivery that failed again waits longer before
each further time, unless something was accepted since. So an outage of hours does not use up what may be
asked for, and minutes after its end everything is asked for.

What is *not* here: asking GitHub (bot.github.deliveries), what is remembered (bot.store.sweeps), when a pass
runs (workers.launcher.housekeeper), printing it (workers.cli.sweep).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from redis import Redis

from bot.errors import AccessLost, GitHubError, GitHubUnavailable, QueueUnavailable, Rejected, ReviewBotError
from bot.github.client import GitHub, connect
from bot.github.deliveries import KEPT_SECONDS, Delivery, deliver_again, deliveries_since
from bot.github.tokens import refused_key
from bot.settings import Settings
from bot.store.sweeps import LOCK_SECONDS, Sweeps
from workers.connecting import app_key

EVENTS: Final = frozenset(
    {
        "pull_request",
        "issue_comment",
        "pull_request_review_comment",
        "pull_request_review_thread",
        "check_run",
        "check_suite",
    }
)
"""Those that lead to work; a lost one of another kind is no loss."""
ON_PURPOSE: Final = frozenset({401, 413, 415})
"""Answers of our receiver that another attempt would get too: signature, size, type."""
MOST_ASKS: Final = 3
"""Times that one delivery is asked for."""
MOST_A_PASS: Final = 100
LEAST_AGE: Final = 60.0
"""Seconds since its last attempt: a younger one may still be under way."""
WAITS: Final = (LEAST_AGE, 1800.0, 12 * 3600.0)
"""Seconds since its last attempt before it is asked for the first, second and third time."""
TURN_SECONDS: Final = 290.0
"""Between two passes of a fleet."""
PROBED_SECONDS: Final = 55.0
"""... where more waits for the answer to a probe, or for room in a pass."""
_ABOUT_ONE: Final = frozenset({400, 404, 410, 422})
"""Answers to a request for one delivery that say nothing of the others."""
_OVERLAP: Final = 900.0
"""Seconds that are looked at again: GitHub lists an attempt some time after it was made."""
_PASS_SECONDS: Final = LOCK_SECONDS - 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be done about the attempts of a listing.

    Attributes:
        again: the last attempt of each delivery to ask for, the oldest delivery first.
        held: how many more could be asked for, but for the bounds of a pass.
        waiting: how many were not accepted and are not due yet: the last attempt is too young.
        given_up: the last attempt of each delivery that is not asked for any more.
        since: everything before this moment is settled, POSIX time in seconds.
    """

    again: tuple[Delivery, ...]
    held: int
    waiting: int
    given_up: tuple[Delivery, ...]
    since: float


@dataclass(frozen=True, slots=True)
class _Lost:
    """A delivery that was not accepted yet."""

    first: Delivery
    last: Delivery
    asks: int

    @property
    def is_given_up(self) -> bool:
        return self.last.status_code in ON_PURPOSE or self.asks >= MOST_ASKS

    def is_due(self, now: float, accepted: float, *, patient: bool) -> bool:
        """`accepted`: when anything was accepted last."""
        waited = now - self.last.at
        must_wait = patient and accepted <= self.last.at
        return waited >= (WAITS[self.asks] if must_wait else LEAST_AGE)


def choose(
    attempts: Sequence[Delivery], asked: Mapping[str, int], now: float, *, patient: bool = True
) -> Choice:
    """Which deliveries to ask for again.

    Args:
        attempts: as GitHub lists them, of any event, in any order.
        asked: how often each `guid` was asked for; those that never were are left out.
        now: POSIX time in seconds.
        patient: probe first, and wait between the times; else somebody knows that the way is open.
    """
    lost = _lost(attempts, asked, now)
    open_ones = [one for one in lost if not one.is_given_up]
    accepted = max((one.at for one in attempts if one.was_taken), default=float("-inf"))
    due = [one for one in open_ones if one.is_due(now, accepted, patient=patient)]
    if patient and _is_blocked(attempts):
        chosen = sorted(due, key=lambda one: one.asks)[:1]  # stable: the oldest of those
    else:
        chosen = due[:MOST_A_PASS]
    return Choice(
        again=tuple(one.last for one in chosen),
        held=len(due) - len(chosen),
        waiting=len(open_ones) - len(due),
        given_up=tuple(one.last for one in lost if one.is_given_up),
        since=min([now - _OVERLAP, *(one.first.at for one in open_ones)]),
    )


def _lost(attempts: Iterable[Delivery], asked: Mapping[str, int], now: float) -> list[_Lost]:
    """Deliveries of events that we use none of whose attempts was accepted, the oldest first."""
    grouped: dict[str, list[Delivery]] = {}
    for one in sorted(attempts, key=lambda one: (one.at, one.id)):
        if one.event in EVENTS:
            grouped.setdefault(one.guid, []).append(one)
    lost = [_Lost(group[0], group[-1], asked.get(guid, 0)) for guid, group in grouped.items()
            if not any(one.was_taken for one in group)]  # fmt: skip
    # Where the first attempt is not listed and we asked for none, a person did: maybe it was accepted before.
    return [
        one for one in lost if now - one.first.at < KEPT_SECONDS and (one.asks or not one.first.redelivery)
    ]


def _is_blocked(attempts: Iterable[Delivery]) -> bool:
    """Whether the last attempt of all did not reach the receiver, or found it unable."""
    last = max(attempts, key=lambda one: (one.at, one.id), default=None)
    return last is not None and not last.was_taken and last.status_code not in ON_PURPOSE


@dataclass(slots=True)
class Swept:
    """What a pass did.

    Attributes:
        again: attempts that were asked for once more.
        vanished: those that GitHub does not keep any more, or does not repeat.
        given_up, held, waiting: as in `Choice`.
        is_whole: the log was looked at as far back as it has to be.
        trouble: what ended the pass early; None: it came to its end.
    """

    again: list[Delivery] = field(default_factory=list)
    vanished: list[Delivery] = field(default_factory=list)
    given_up: tuple[Delivery, ...] = ()
    held: int = 0
    waiting: int = 0
    is_whole: bool = True
    trouble: ReviewBotError | None = None


def sweep(settings: Settings, sweeps: Sweeps, *, patient: bool = True) -> Swept | None:
    """One pass; None where another one is under way.

    Args:
        patient: as for `choose`; else the whole log is looked at, too.

    Raises:
        SettingsError: the App's id or key is missing, wrong, or not accepted.
        QueueUnavailable: Redis did not answer before anything was asked for.
    """
    with sweeps.lock() as held:
        return asyncio.run(_pass(settings, sweeps, patient=patient)) if held else None


async def _pass(settings: Settings, sweeps: Sweeps, *, patient: bool) -> Swept:
    key, swept = app_key(settings), Swept()
    try:
        async with asyncio.timeout(_PASS_SECONDS), connect(key, settings.github_api_url) as app:
            await _ask(app, sweeps, swept, patient=patient)
    except TimeoutError:
        swept.trouble = GitHubUnavailable(f"GitHub was too slow: a pass takes {_PASS_SECONDS:.0f} s at most")
    except AccessLost as error:
        known = refused_key(error)
        if known is not error:
            raise known from error
        swept.trouble = error
    except (GitHubError, QueueUnavailable) as error:
        swept.trouble = error
    return swept


async def _ask(app: GitHub, sweeps: Sweeps, swept: Swept, *, patient: bool) -> None:
    now = time.time()
    since = max(now - KEPT_SECONDS, sweeps.since() or 0.0) if patient else now - KEPT_SECONDS
    listing = await deliveries_since(app, since)
    swept.is_whole = listing.is_whole
    asked = sweeps.asked(sorted({one.guid for one in listing.attempts if not one.was_taken}))
    choice = choose(listing.attempts, asked, now, patient=patient)
    swept.given_up, swept.held, swept.waiting = choice.given_up, choice.held, choice.waiting
    for one in choice.again:
        sweeps.note(one.guid)
        try:
            await deliver_again(app, one)
            swept.again.append(one)
        except (AccessLost, Rejected) as error:
            if error.status not in _ABOUT_ONE:
                raise
            swept.vanished.append(one)
    sweeps.look_since(choice.since if listing.is_whole else since)


def sweep_in_turn(settings: Settings, redis: Redis) -> None:
    """A pass where it is time for one in this fleet; what it did goes to the log. Errors are one line."""
    sweeps = Sweeps(redis)
    try:
        if not sweeps.takes_turn(TURN_SECONDS):
            return
        swept = sweep(settings, sweeps)
        if swept is not None:
            _log_pass(swept, sweeps)
            if swept.held and swept.again:
                sweeps.shorten_turn(PROBED_SECONDS)
    except ReviewBotError as error:
        _log.warning("Deliveries that failed were not looked for: %s", error)


def _log_pass(swept: Swept, sweeps: Sweeps) -> None:
    for one in swept.again:
        _log.info("Asked for again", extra={"delivery": one.guid, "event": one.event})
    for one in (*swept.given_up, *swept.vanished):
        if sweeps.tells(one.guid):
            extra = {"delivery": one.guid, "event": one.event, "status": one.status_code}
            _log.warning("Delivery given up: nothing asks for it again", extra=extra)
    if swept.trouble is not None:
        _log.warning("Deliveries that failed were not all looked for: %s", swept.trouble)
    if not swept.is_whole:
        _log.warning("Deliveries that failed were looked for among the newest only: there are too many")
