from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.eval_cases import BASKET, SHELF, cases
from tests.support.scripted import scripted
from workers.evals.asked import CountedModel, Tally
from workers.evals.bare import BareAnswer, bare_prompt
from workers.evals.running import nonce_of
from workers.models.scripted import Rule


def test_each_case_has_a_fence_of_its_own_in_each_repetition_the_same_each_time(tmp_path: Path) -> None:
    [shelf, basket] = cases(tmp_path, SHELF, BASKET)
    fences = [nonce_of(case, run) for case in (shelf, basket) for run in (1, 2)]
    assert len(set(fences)) == 4
    assert fences[0] == nonce_of(shelf, 1)
    assert len(fences[0]) == 32
    assert "shelf" not in fences[0]


async def test_a_question_that_is_given_up_while_it_waits_is_unanswered() -> None:
    tally = Tally()
    model = CountedModel(scripted(Rule(answer={"findings": []}, delay=60)), tally)
    waiting = asyncio.create_task(model.ask(bare_prompt("a", "b", "c"), BareAnswer))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert tally.unanswered == ["naive-1: no answer in time"]
