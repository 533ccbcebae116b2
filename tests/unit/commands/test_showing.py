from __future__ import annotations

from tests.support.desk import Commanding, signs


async def test_the_policy_in_force_is_shown_with_where_each_value_comes_from(people: Commanding) -> None:
    people.with_policy("version: 1\nmax_comments: 7\nfail_on: high\n")
    comment = await people.say("/ai-review config")
    assert signs(comment) == ["eyes", "+1"]
    [answer] = people.answers()
    assert "| `max_comments` | `7` | `.github/ai-review.yml, line 2` |" in answer
    assert "| `fail_on` | `high` | `.github/ai-review.yml, line 3` |" in answer
    assert "| `triggers.push` | `every` | `default` |" in answer


async def test_what_a_policy_leaves_to_the_operator_is_shown_as_it_holds(people: Commanding) -> None:
    people.set_up(passes=2, cross_check_model="openai:second")
    await people.say("/ai-review config")
    [answer] = people.answers()
    assert "| `cross_check` | `verify` | `default, since the operator has a second model` |" in answer
    assert "| `passes` | `2` | `operator` |" in answer
    assert "| `model` | `the operator's own; each review names it` | `operator` |" in answer
    assert "not set" not in answer


async def test_nothing_that_only_the_operator_knows_is_shown(people: Commanding) -> None:
    people.set_up(
        github_token="ghp_canary", github_webhook_secret=("canary",), redis_url="redis://:canary@h/0"
    )
    await people.say("/ai-review config")
    [answer] = people.answers()
    assert "canary" not in answer
    assert "scripted:" not in answer


async def test_what_is_wrong_with_the_policy_stands_above_it(people: Commanding) -> None:
    people.with_policy("version: 1\nmax_coments: 7\n")
    await people.say("/ai-review config")
    [answer] = people.answers()
    assert answer.startswith("**Notice:**")
    assert "line 2" in answer.split("<details>")[0]
    assert "| `max_comments` | `20` | `default` |" in answer
