"""An answer that was found and could not be posted is posted later, and nobody is asked for it again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import GitHubUnavailable
from bot.sandbox.journal import Fault
from tests.support.desk import Commanding, signs
from tests.support.scripted import votes
from workers.models.scripted import Rule

EXPLAINED = "Line 2 divides by `people`."
EXPLAIN = Rule(name="^explain", answer={"explanation": EXPLAINED})
ARGUE = Rule.model_validate(votes("confirmed", reason=EXPLAINED).model_dump() | {"name": "^argue"})


@pytest.mark.parametrize(
    ("rule", "said", "shown"),
    [(EXPLAIN, "/ai-review explain", ["eyes", "+1"]), (ARGUE, "`people` is never empty.", ["eyes"])],
    ids=["command", "argument"],
)
async def test_a_model_is_asked_once_for_an_answer_that_github_did_not_take(
    people: Commanding, rule: Rule, said: str, shown: list[str]
) -> None:
    people.model(rule)
    people.desk = replace(people.desk, is_last=lambda _: False)
    root = await people.tells()
    people.scene.sandbox.fail(Fault("POST", "/replies$", times=2, status=503))
    with pytest.raises(GitHubUnavailable):
        await people.answer(root, said)
    [asked] = people.asked
    assert people.in_thread(root) == []
    await people.follow(people.request(), retries=1)
    assert people.asked == [asked]
    [answer] = people.in_thread(root)
    assert EXPLAINED in answer
    comment = [one for one in people.pull.review_comments if one.author.login == "wanda"][-1]
    assert signs(comment) == shown


async def test_what_is_kept_answers_its_own_command_only(people: Commanding) -> None:
    people.model(EXPLAIN)
    root = await people.tells()
    for _ in range(2):
        await people.answer(root, "/ai-review explain")
    assert len(people.asked) == 2
