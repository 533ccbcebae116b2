from __future__ import annotations

import asyncio

import pytest

from workers.review.timing import Deadline


async def after(seconds: float, value: int) -> int:
    await asyncio.sleep(seconds)
    return value


async def fail() -> int:
    raise ValueError("broken")


async def test_what_is_done_in_time_counts_and_the_rest_is_cancelled() -> None:
    cancelled = asyncio.Event()

    async def endless() -> int:
        try:
            return await after(60, 0)
        finally:
            cancelled.set()

    assert await Deadline.after(0.2).gather([after(0, 1), endless(), after(0, 3)]) == [1, None, 3]
    assert cancelled.is_set()


async def test_nothing_to_do_is_done() -> None:
    assert await Deadline.after(0).gather([]) == []


async def test_a_deadline_that_has_passed_leaves_nothing() -> None:
    assert await Deadline.after(-1).gather([after(60, 1)]) == [None]


async def test_an_error_is_raised_and_ends_the_others() -> None:
    with pytest.raises(ValueError, match="broken"):
        await Deadline.after(30).gather([after(60, 1), fail()])
