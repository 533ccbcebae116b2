from __future__ import annotations

import pytest

from tests.support.desk import Commanding, signs
from workers.models.scripted import Rule

EXPLAINED = "Line 2 divides by `people`.\n\nWith none, it fails: @mira see [x](https://evil.example)."


async def test_a_finding_is_explained_by_the_model_that_reads_the_code_again(people: Commanding) -> None:
    people.model(Rule(name="^explain-1$", match="return total / people", answer={"explanation": EXPLAINED}))
    root = await people.tells()
    comment = await people.answer(root, "/ai-review explain")
    assert signs(comment) == ["eyes", "+1"]
    [answer] = people.in_thread(root)
    assert answer.startswith("Line 2 divides by `people`.\n\nWith none, it fails: `@mira` see")
    assert "scripted" in answer
    assert people.asked == ["explain-1"]


async def test_without_a_model_the_comment_is_not_said_once_more_but_what_else_there_is_to_know(
    people: Commanding,
) -> None:
    people.set_up(model="static")
    root = await people.tells()
    comment = await people.answer(root, "/ai-review explain")
    assert signs(comment) == ["eyes", "+1"]
    [answer] = people.in_thread(root)
    for words in ("The guard against an empty list is gone.", "share(10, 0)", "ZeroDivisionError"):
        assert words not in answer
    assert "stands at the top of this thread; no model was asked" in answer
    assert "`/ai-review dismiss REASON` takes it off" in answer
    assert people.asked == []


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (Rule(name="explain", error="unavailable"), "did not answer in time"),
        (Rule(name="explain", answer={"explanation": " "}), "answer was empty"),
    ],
)
async def test_a_model_that_says_nothing_is_said_to_and_where_the_evidence_stands(
    people: Commanding, rule: Rule, why: str
) -> None:
    people.model(rule)
    root = await people.tells()
    comment = await people.answer(root, "/ai-review explain")
    assert signs(comment) == ["eyes", "confused"]
    [answer] = people.in_thread(root)
    assert why in answer
    assert "stands at the top of this thread" in answer


async def test_why_nothing_was_explained_stands_in_the_log(
    people: Commanding, caplog: pytest.LogCaptureFixture
) -> None:
    people.model(Rule(name="explain", error="unavailable"))
    await people.answer(await people.tells(), "/ai-review explain")
    assert "A question of a command got no answer: " in caplog.text


async def test_outside_of_a_findings_thread_one_sentence_says_where_it_works(people: Commanding) -> None:
    theirs = people.scene.sandbox.comment_on_line(people.pull, "shop/share.py", 1, "Hm.", author="wanda")
    for comment in (
        await people.say("/ai-review explain"),
        await people.answer(theirs, "/ai-review explain"),
    ):
        assert signs(comment) == ["eyes", "confused"]
    assert all("works in the thread of a finding" in answer for answer in people.answers())
    assert len(people.answers()) == 2
    assert people.asked == []


async def test_a_thread_that_looks_like_ours_and_is_a_strangers_is_none_of_ours(people: Commanding) -> None:
    root = await people.tells()
    theirs = people.scene.sandbox.comment_on_line(people.pull, "shop/share.py", 1, root.body, author="wanda")
    comment = await people.answer(theirs, "/ai-review explain")
    assert signs(comment) == ["eyes", "confused"]
    assert people.asked == []
