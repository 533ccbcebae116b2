from __future__ import annotations

from typing import Any

import pytest

from bot.domain.policy import Policy, PushReviews, Triggers
from bot.domain.pull_request import Trigger
from bot.domain.review import SkippedBy
from tests.support.pull_requests import a_pull_request
from workers.wanted import ASKED, Skip, why_not

DRAFT = "the pull request is a draft; `/ai-review` reviews it all the same"


def reason(policy: Policy, trigger: Trigger = Trigger.OPENED, rounds: int = 0, **pull: Any) -> str | None:
    found = skip(policy, trigger, rounds, **pull)
    return found and found.reason


def skip(policy: Policy, trigger: Trigger = Trigger.OPENED, rounds: int = 0, **pull: Any) -> Skip | None:
    one = a_pull_request(**pull)
    return why_not(one, one.labels, policy, trigger, rounds=rounds)


@pytest.mark.parametrize("trigger", list(Trigger))
def test_by_default_everything_is_reviewed_but_drafts(trigger: Trigger) -> None:
    assert reason(Policy(), trigger) is None
    assert reason(Policy(), trigger, rounds=29) is None
    assert reason(Policy(), trigger, draft=True) == (None if trigger in ASKED else DRAFT)


OFF = {
    "base branch": (Policy(branches=("release/*", "next")), {"base_ref": "main"}),
    "draft": (Policy(), {"draft": True}),
    "author": (Policy(ignore_authors=("*[bot]",)), {"author": "Renovate[BOT]"}),
    "label": (Policy(ignore_labels=("no*",)), {"labels": ("backend", "No Review")}),
    "title": (Policy(ignore_titles=("[wip]*",)), {"title": "[WIP] Later"}),
}


@pytest.mark.parametrize("what", OFF)
def test_a_reason_names_what_the_policy_leaves_out(what: str) -> None:
    policy, pull = OFF[what]
    found = reason(policy, **pull)
    assert found is not None
    assert what in found
    assert found.endswith("; `/ai-review` reviews it all the same")
    assert not any(str(value) in found for value in pull.values() if isinstance(value, str))


@pytest.mark.parametrize("what", OFF)
@pytest.mark.parametrize("trigger", sorted(ASKED))
def test_what_is_asked_for_by_name_is_reviewed_all_the_same(what: str, trigger: Trigger) -> None:
    policy, pull = OFF[what]
    assert reason(policy, trigger, **pull) is None


@pytest.mark.parametrize("trigger", list(Trigger))
def test_reviews_that_are_switched_off_are_off_for_commands_too(trigger: Trigger) -> None:
    assert reason(Policy(enabled=False), trigger) == "the repository's policy switches reviews off"


@pytest.mark.parametrize(
    ("policy", "pull"),
    [
        (Policy(branches=("release/*", "main")), {"base_ref": "release/1.0"}),
        (Policy(branches=("Main",)), {"base_ref": "Main"}),
        (Policy(drafts=True), {"draft": True}),
        (Policy(ignore_authors=("*[bot]",)), {"author": "dev"}),
        (Policy(ignore_labels=("no*",)), {"labels": ("backend",)}),
        (Policy(ignore_titles=("wip",)), {"title": "Undo wip"}),
    ],
)
def test_what_no_pattern_fits_is_reviewed(policy: Policy, pull: dict[str, Any]) -> None:
    assert reason(policy, **pull) is None


def test_names_of_branches_have_their_case() -> None:
    assert "base branch" in (reason(Policy(branches=("Main",)), base_ref="main") or "")


@pytest.mark.parametrize(
    ("triggers", "trigger", "words"),
    [
        (Triggers(opened=False), Trigger.OPENED, "is opened"),
        (Triggers(opened=False), Trigger.REOPENED, "is opened"),
        (Triggers(opened=False), Trigger.SYNCHRONIZE, None),
        (Triggers(ready_for_review=False), Trigger.READY_FOR_REVIEW, "draft becomes ready"),
        (Triggers(ready_for_review=False), Trigger.OPENED, None),
        (Triggers(opened=False, ready_for_review=False), Trigger.COMMAND, None),
        (Triggers(opened=False, ready_for_review=False), Trigger.BASE_CHANGED, None),
    ],
)
def test_an_event_that_shall_start_no_review_starts_none(
    triggers: Triggers, trigger: Trigger, words: str | None
) -> None:
    found = reason(Policy(triggers=triggers), trigger)
    assert found is words if words is None else words in (found or "")


def test_pushes_are_reviewed_until_the_first_review_or_the_last_round() -> None:
    first = Policy(triggers=Triggers(push=PushReviews.FIRST))
    assert reason(first, Trigger.SYNCHRONIZE, rounds=0) is None
    assert "after the first one" in (reason(first, Trigger.SYNCHRONIZE, rounds=1) or "")
    capped = Policy(triggers=Triggers(max_rounds=3))
    assert reason(capped, Trigger.SYNCHRONIZE, rounds=2) is None
    assert "there were 3 reviews" in (reason(capped, Trigger.SYNCHRONIZE, rounds=3) or "")
    assert reason(capped, Trigger.COMMAND, rounds=3) is None
    assert reason(capped, Trigger.OPENED, rounds=3) is None


@pytest.mark.parametrize("what", OFF)
def test_who_skips_a_pull_request_is_told_apart(what: str) -> None:
    policy, pull = OFF[what]
    found = skip(policy, **pull)
    assert found is not None
    assert found.by is (SkippedBy.TITLE if what == "title" else SkippedBy.PEOPLE)


@pytest.mark.parametrize("triggers", [Triggers(max_rounds=1), Triggers(push=PushReviews.FIRST)])
def test_more_pushes_than_the_policy_wants_reviewed_are_their_authors(triggers: Triggers) -> None:
    found = skip(Policy(triggers=triggers), Trigger.SYNCHRONIZE, rounds=1)
    assert found is not None
    assert found.by is SkippedBy.PUSHES


@pytest.mark.parametrize("policy", [Policy(enabled=False), Policy(triggers=Triggers(opened=False))])
def test_reviews_that_are_switched_off_are_switched_off_by_people(policy: Policy) -> None:
    found = skip(policy)
    assert found is not None
    assert found.by is SkippedBy.PEOPLE
