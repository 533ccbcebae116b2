"""However a review ends, and whatever fails while it ends: one outcome that can be seen and that is true."""

from __future__ import annotations

import pytest

from bot.sandbox.journal import Fault
from bot.sandbox.shapes.pulls import pull_request
from tests.support.installed import BASE, HEAD, Installed, checks_of, finding, inline, own_comments, places

pytestmark = pytest.mark.xdist_group("flows")

LIMITED = {"message": "You have exceeded a secondary rate limit."}


def refused(method: str, path: str, **more: object) -> Fault:
    return Fault(method, path, status=403, body=LIMITED, headers={"retry-after": "1"}, **more)  # type: ignore[arg-type]


def test_a_check_that_could_not_be_completed_is_completed_later(bot: Installed) -> None:
    bot.model({"error": "refused"})
    repository = bot.repository("untold")
    bot.sandbox.fail(Fault("PATCH", f"{repository.full_name}/check-runs", status=502, times=3))
    bot.sandbox.fail(refused("PATCH", f"{repository.full_name}/check-runs"))
    pull = bot.open(repository)
    check = bot.reviewed(pull, "neutral")
    assert str(check.title).startswith("Could not review")


def test_a_rate_limit_between_two_writes_makes_no_second_review(bot: Installed) -> None:
    bot.finds(finding())
    repository = bot.repository("between")
    bot.sandbox.fail(refused("POST", f"{repository.full_name}/issues/1/comments"))
    pull = bot.open(repository)
    assert bot.sandbox.wait_until(lambda: bool(pull.reviews))
    bot.finds(finding(claim="Said in other words.", category="boundary"))
    bot.reviewed(pull, "success")
    assert len(pull.reviews) == 1
    assert len(pull.review_comments) == 1
    assert len(own_comments(pull)) == 1


def test_a_pull_request_that_is_closed_meanwhile_keeps_no_check_in_progress(bot: Installed) -> None:
    bot.finds()
    repository = bot.repository("closed")
    bot.sandbox.fail(refused("GET", f"{repository.full_name}/pulls/1$", let_through=1))
    pull = bot.open(repository)
    assert bot.sandbox.wait_until(lambda: bool(checks_of(pull)))
    bot.sandbox.close(pull)
    assert "closed" in str(bot.reviewed(pull, "neutral").title)


def test_the_check_of_an_older_head_is_completed_by_the_run_of_the_newer(bot: Installed) -> None:
    bot.finds()
    repository = bot.repository("older")
    bot.sandbox.fail(refused("GET", f"{repository.full_name}/pulls/1$", let_through=1))
    pull = bot.open(repository)
    assert bot.sandbox.wait_until(lambda: bool(checks_of(pull)))
    old = checks_of(pull)[0]
    bot.sandbox.commit(repository, "change", {"other.py": BASE})
    bot.reviewed(pull, "success")
    assert old.status == "completed"
    assert str(old.title).startswith("Superseded")


def test_a_later_try_of_a_partial_review_keeps_what_the_first_one_showed(bot: Installed) -> None:
    repository = bot.repository("kept", {"a.py": BASE, ".github/ai-review.yml": "fail_on: high\n"})
    big = "".join(f"value_{number} = {number}\n" for number in range(6_000))
    bot.model(
        {"name": "find", "match": "a.py", "answer": {"findings": [finding(path="a.py")]}},
        {"name": "find", "error": "unavailable"},
        {"name": "cross", "answer": {"verdict": "confirmed", "introduced": True, "reason": "Yes."}},
    )
    pull = bot.open(repository, {"a.py": HEAD, "b.py": big})
    first = bot.reviewed(pull, "failure")
    assert "incomplete" in str(first.title)
    bot.finds()
    assert bot.sandbox.wait_until(lambda: str(first.title).endswith("1 still open: high severity"), 40)
    assert first.conclusion == "failure"
    assert places(pull) == [("a.py", 6)]
    assert "A height of zero" in own_comments(pull)[0]


def test_the_same_code_in_another_file_gets_a_comment_of_its_own(bot: Installed) -> None:
    bot.finds(finding(path="b.py"))
    repository = bot.repository("twins", {"b.py": BASE})
    pull = bot.open(repository, {"b.py": HEAD})
    bot.reviewed(pull, "success")
    bot.finds(finding(path="a.py"), finding(path="b.py"))
    bot.sandbox.commit(repository, "change", {"a.py": HEAD})
    bot.reviewed(pull, "success")
    assert places(pull) == [("b.py", 6), ("a.py", 6)]


def test_a_renamed_file_keeps_its_comment(bot: Installed) -> None:
    bot.finds(finding())
    long = "".join(f"SIDE_{number} = {number}\n" for number in range(20))
    repository = bot.repository("renames", {"shapes.py": BASE + long})
    pull = bot.open(repository, {"shapes.py": HEAD + long})
    bot.reviewed(pull, "success")
    first = inline(pull)
    bot.finds(finding(path="figures.py"))
    bot.sandbox.commit(repository, "change", {"shapes.py": None, "figures.py": HEAD + long})  # type: ignore[dict-item]
    bot.reviewed(pull, "success")
    assert pull.review_comments == [first]


def test_what_github_refuses_once_is_asked_again_and_no_review_is_lost_or_doubled(bot: Installed) -> None:
    bot.finds(finding())
    refusals = {
        "lagging": Fault("GET", "acme/lagging/pulls/1$", status=404, body={"message": "Not Found"}),
        "limited": refused("GET", "acme/limited/pulls/1$", let_through=1),
        "lost-answer": Fault("POST", "acme/lost-answer/pulls/1/reviews", status=502, work_first=True),
        "bad-token": Fault(
            "POST", "/access_tokens$", status=401, body={"message": "A JSON web token is bad"}
        ),
    }
    pulls = []
    for name, refusal in refusals.items():
        bot.sandbox.fail(refusal)
        pulls.append(bot.open(bot.repository(name)))
    for pull in pulls:
        bot.reviewed(pull, "success")
        assert places(pull) == [("shapes.py", 6)]
        assert (len(pull.reviews), len(checks_of(pull))) == (1, 1)
    assert refusals.pop("lost-answer").seen == 1  # it did what was asked, and that was found
    assert all(refusal.seen > 1 for refusal in refusals.values())


def test_a_push_that_github_does_not_show_yet_is_reviewed_a_moment_later(bot: Installed) -> None:
    bot.finds()
    repository = bot.repository("replica")
    pull = bot.open(repository)
    bot.reviewed(pull, "success")
    before = pull_request(bot.sandbox.world.links, pull)
    stale = Fault("GET", f"{repository.full_name}/pulls/1$", status=200, body=before)
    bot.sandbox.fail(stale)
    bot.sandbox.commit(repository, "change", {"other.py": BASE})
    bot.reviewed(pull, "success")
    assert stale.seen > 1


def test_a_pull_request_that_is_opened_again_and_does_not_show_so_yet_is_reviewed(bot: Installed) -> None:
    bot.finds(finding())
    repository = bot.repository("reopened")
    trouble = Fault("GET", f"{repository.full_name}/pulls/1$", status=451, body={"message": "Not now"})
    bot.sandbox.fail(trouble)
    pull = bot.open(repository)
    assert bot.sandbox.wait_until(lambda: trouble.seen > 0)
    bot.sandbox.close(pull)
    before = pull_request(bot.sandbox.world.links, pull)
    bot.sandbox.fail(Fault("GET", f"{repository.full_name}/pulls/1$", status=200, body=before))
    bot.sandbox.reopen(pull)
    bot.reviewed(pull, "success")
    assert places(pull) == [("shapes.py", 6)]


def test_a_head_that_github_contradicts_itself_about_is_tried_a_few_times_only(bot: Installed) -> None:
    bot.finds(finding())
    repository = bot.repository("contradicted")
    gone = {"message": "Validation Failed", "errors": ["commit_id is not part of the pull request"]}
    bot.sandbox.fail(
        Fault("POST", f"{repository.full_name}/pulls/1/reviews$", status=422, body=gone, times=99)
    )
    pull = bot.open(repository)
    bot.reviewed(pull, "neutral")
    asked = f"POST /repos/{repository.full_name}/pulls/1/reviews"
    assert bot.sandbox.wait_until(lambda: bot.calls(repository).count(asked) == 4)
    check = checks_of(pull)[0]
    assert bot.sandbox.wait_until(lambda: "next try" not in str(check.title) and check.status == "completed")
    assert check.conclusion == "neutral"


def test_without_permission_for_checks_a_failure_is_said_in_the_summary(bot: Installed) -> None:
    bot.model({"error": "refused"})
    repository = bot.repository("no-checks")
    forbidden = {"message": "Resource not accessible by integration"}
    bot.sandbox.fail(Fault("POST", f"{repository.full_name}/check-runs", status=403, body=forbidden, times=9))
    pull = bot.open(repository)
    assert bot.sandbox.wait_until(lambda: bool(own_comments(pull)), 30)
    assert "Could not review" in own_comments(pull)[0]
    assert "This App may not write checks" in own_comments(pull)[0]
    assert f"{repository.full_name}#1 has no check run" in bot.log.read_text()
    bot.finds()
    bot.sandbox.comment(pull, "/ai-review", author="acme")
    assert bot.sandbox.wait_until(lambda: "No problems found" in own_comments(pull)[0], 30)
