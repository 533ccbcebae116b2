from __future__ import annotations

import pytest

from bot.domain.finding import Fate
from tests.support.desk import Commanding, signs
from workers.models.scripted import Rule

TEST = "def test_nobody_shares_nothing():\n    assert share(10, 0) == 0\n"
NAME = "tests/test_share.py"


def writes(name: str, test: str = TEST) -> Rule:
    return Rule(name=name, answer={"file_name": NAME, "test": test})


async def test_a_failing_test_is_proposed_for_each_open_finding(people: Commanding) -> None:
    people.model(writes("^test-1$"))
    await people.tells()
    comment = await people.say("/ai-review tests")
    assert signs(comment) == ["eyes", "+1"]
    [answer] = people.answers()
    assert answer.startswith("A test for `shop/share.py:2`: The guard against an empty list is gone.")
    assert f"```python\n{TEST}```" in answer
    assert "It was not run" in answer
    assert people.asked == ["test-1"]


async def test_of_many_open_findings_three_are_tested(people: Commanding) -> None:
    people.model(writes("^test-1$"))
    for _ in range(5):
        await people.tells()
    await people.say("/ai-review tests")
    assert people.asked == ["test-1"] * 3
    assert people.answers()[0].count("It was not run") == 3


@pytest.mark.parametrize("settled", [False, True])
async def test_without_an_open_finding_the_change_itself_is_tested(people: Commanding, settled: bool) -> None:
    people.model(writes("^change-test-1$"))
    if settled:
        await people.tells(fate=Fate.DISMISSED)
    comment = await people.say("/ai-review tests")
    assert signs(comment) == ["eyes", "+1"]
    assert people.answers()[0].startswith("A test for the change of `shop/share.py`.")
    assert people.asked == ["change-test-1"]


async def test_what_policy_leaves_out_and_what_is_no_code_is_not_tested(people: Commanding) -> None:
    people.with_policy("version: 1\nignore: ['shop/**']\n")
    people.scene.sandbox.commit(people.scene.repository, "change", {"notes.md": "# Notes\n"})
    comment = await people.say("/ai-review tests")
    assert signs(comment) == ["eyes", "confused"]
    assert "no test to propose" in people.answers()[0]
    assert people.asked == []


@pytest.mark.parametrize("rule", [writes("test", ""), writes("test", "def ("), Rule(error="unavailable")])
async def test_a_model_that_writes_no_usable_test_is_said_to(people: Commanding, rule: Rule) -> None:
    people.model(rule)
    comment = await people.say("/ai-review tests")
    assert signs(comment) == ["eyes", "confused"]
    assert people.answers()[0].startswith("The model proposed no test that could be used.")


async def test_without_a_model_one_sentence_says_so(people: Commanding) -> None:
    people.set_up(model="static")
    comment = await people.say("/ai-review tests")
    assert signs(comment) == ["eyes", "confused"]
    assert people.answers()[0].startswith("This needs a model, and this installation has none.")
