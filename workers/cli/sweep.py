"""`ai-review sweep`: one pass over what GitHub could not deliver, by hand.

Whoever calls it has mended something: nothing is probed, and what failed a minute ago is due, unlike in the
workers' own passes. What failed since then may still be under way: it is counted, and left for another sweep.
What is *not* here: which deliveries are asked for (workers.sweep).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Final

from bot.errors import QueueUnavailable, SettingsError
from bot.github.deliveries import Delivery
from bot.redis_access import connect_once
from bot.settings import Settings, variable
from bot.store.sweeps import Sweeps
from workers.cli.common import (
    EXIT_CLEAN,
    EXIT_INCOMPLETE,
    required_app,
    settings_with,
    start_logging,
)
from workers.sweep import ON_PURPOSE, Swept, sweep

_MOST_LINES: Final = 50


def run() -> int:
    """Print what was asked for and what is given up.

    2 where GitHub's log was not looked at, or not all, or something in it waits for another sweep.
    """
    settings = settings_with()
    start_logging(settings)
    required_app(settings)
    with connect_once(_redis_url(settings)) as redis:
        try:
            swept = sweep(settings, Sweeps(redis), patient=False)
        except QueueUnavailable as error:
            raise SettingsError(
                f"{error}: the workers' own is needed; check that they run, and {variable('redis_url')} or"
                f" {variable('data_dir')}"
            ) from None
    if swept is None:
        sys.stdout.write("Another sweep is under way: try again when it has ended.\n")
        return EXIT_INCOMPLETE
    sys.stdout.writelines(f"{line}\n" for line in _report(swept))
    is_done = swept.trouble is None and swept.is_whole and not (swept.held or swept.waiting)
    return EXIT_CLEAN if is_done else EXIT_INCOMPLETE


def _redis_url(settings: Settings) -> str:
    """The one that is set, or that of an `ai-review up` that runs."""
    return settings.redis_url or f"unix://{(settings.data_path / 'valkey' / 'valkey.sock').absolute()}"


def _report(swept: Swept) -> Iterator[str]:
    yield from _listed("Asked for again", swept.again)
    yield from _listed("Given up", (*swept.given_up, *swept.vanished), swept.vanished)
    if swept.held:
        yield f"{swept.held} more wait for the next sweep."
    if swept.waiting:
        yield f"{swept.waiting} failed less than a minute ago and may still be under way: sweep again in one."
    if not swept.is_whole:
        yield "Only the newest deliveries were looked at: there are too many."
    if swept.trouble is not None:
        yield f"Not all was looked at: {swept.trouble}"
    elif not (swept.again or swept.given_up or swept.vanished or swept.held or swept.waiting):
        yield "Nothing that GitHub still keeps was lost."


def _listed(
    title: str, attempts: Sequence[Delivery], vanished: Sequence[Delivery] | None = None
) -> Iterator[str]:
    if not attempts:
        return
    yield f"{title}: {len(attempts)}"
    for one in attempts[:_MOST_LINES]:
        answer = f"answered with {one.status_code}" if one.status_code else "not answered"
        why = "" if vanished is None else f"; {_reason(one, vanished)}"
        yield f"  {one.guid}  {one.event}  {one.delivered_at:%Y-%m-%d %H:%M} UTC, {answer}{why}"
    if (more := len(attempts) - _MOST_LINES) > 0:
        yield f"  and {more} more"


def _reason(one: Delivery, vanished: Sequence[Delivery]) -> str:
    if one in vanished:
        return "GitHub does not repeat it"
    if one.status_code in ON_PURPOSE:
        return "another attempt would get the same answer"
    return "asked for often enough"
