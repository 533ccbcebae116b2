"""What becomes of findings while people push, dismiss, argue and click."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis import Redis

from bot.domain.pull_request import PullRequestRef
from bot.sandbox.state import CheckRun, PullRequest, Repository, ReviewComment
from bot.store.ledgers import ledger_key
from tests.support.commands import terminal
from tests.support.installed import Installed, finding, own_comments

pytestmark = pytest.mark.xdist_group("flows")

STEADY = "".join(f"\n\ndef step_{number}(value):\n    return value + {number}\n" for number in range(12))
PARTS = {
    "share": "\n\ndef share(total, people):\n    return total / people\n",
    "last": "\n\ndef last(orders):\n    return orders[len(orders)]\n",
    "discount": "\n\ndef discount(price, percent):\n    return price - price * percent\n",
}
SHARE = finding("    return total / people", "shop.py", claim="Nobody guards against a share of no people.")
LAST = finding(
    "    return orders[len(orders)]",
    "shop.py",
    claim="The index lies one behind the end of the list.",
    category="boundary",
    trigger="any list",
    consequence="IndexError",
)
DISCOUNT = finding(
    "    return price - price * percent",
    "shop.py",
    claim="A percentage is taken as a fraction.",
    category="wrong-condition",
    severity="medium",
    trigger="percent is 20",
    consequence="a negative price",
)
MENDED = (
    PARTS["share"]
    .replace("    return", "    if not people:\n        return 0\n    return")
    .replace("total / people", "total // people")
)


def module(*parts: str, top: str = "") -> str:
    """Parts of the change, far from each other, between code that stays."""
    return top + STEADY.join(["import json\n", *parts, ""])


BASE = module("", "", "")
HEAD = module(*PARTS.values())


class Life:
    """One pull request, and the bot that lives with it."""

    def __init__(self, bot: Installed) -> None:
        self.bot = bot

    def reports(self, *findings: dict[str, object]) -> None:
        """The model reports these whenever it is asked about their file, whatever it is called by then."""
        confirmed = {"verdict": "confirmed", "introduced": True, "reason": "Nothing prevents it."}
        moved = [one | {"path": "store.py"} for one in findings]
        refuted = {"verdict": "refuted", "introduced": True, "reason": "No people, no share."}
        self.bot.model(
            {"name": "find", "match": "File: store.py", "answer": {"findings": moved}},
            {"name": "find", "answer": {"findings": list(findings)}},
            {"name": "recheck", "match": r"(?s)Claim: Nobody guards.*if not people", "answer": refuted},
            {"name": "(cross|recheck)", "answer": confirmed},
        )

    def opened(self, name: str, policy: str = "") -> tuple[Repository, PullRequest]:
        files = {"shop.py": BASE, "README.md": "# Shop\n"}
        if policy:
            files[".github/ai-review.yml"] = policy
        repository = self.bot.repository(name, files)
        return repository, self.bot.open(repository, {"shop.py": HEAD})

    def forget(self, pull: PullRequest) -> None:
        """Redis loses the ledger of a pull request."""
        ref = PullRequestRef(pull.repository.full_name, pull.number)
        with Redis.from_url(self.bot.redis_url) as redis:
            assert redis.delete(ledger_key(ref)) == 1

    def answers(self, comment: ReviewComment, body: str, author: str) -> ReviewComment:
        """Somebody answers, and gets a sign."""
        said = self.bot.sandbox.reply(comment, body, author=author)
        signs = {"+1", "confused"}
        assert self.bot.sandbox.wait_until(lambda: any(one.content in signs for one in said.reactions))
        return said

    def checked(self, pull: PullRequest, conclusion: str, title: str) -> CheckRun:
        """Wait until the check of the present head says this."""

        def said() -> bool:
            runs = [run for run in pull.repository.checks if run.head_sha == pull.head_sha]
            return bool(runs) and runs[-1].conclusion == conclusion and title in str(runs[-1].title)

        found = self.bot.sandbox.wait_until(said, 40)
        runs = [run for run in pull.repository.checks if run.head_sha == pull.head_sha]
        assert found, [(run.status, run.conclusion, run.title) for run in runs]
        return runs[-1]


@pytest.fixture
def life(bot: Installed) -> Life:
    return Life(bot)


def about(pull: PullRequest, words: str) -> ReviewComment:
    """The one inline comment of ours that says this."""
    [found] = [one for one in pull.review_comments if words in one.body and one.reply_to is None]
    return found


def test_five_pushes_say_each_finding_once_and_settle_the_right_threads(life: Life) -> None:
    life.reports(SHARE, LAST, DISCOUNT)
    repository, pull = life.opened("five-pushes")
    sandbox = life.bot.sandbox
    life.checked(pull, "success", "3 findings")
    share, last, discount = about(pull, "share"), about(pull, "index"), about(pull, "percentage")

    life.answers(discount, "/ai-review dismiss percent is a fraction here", "acme")
    life.checked(pull, "success", "2")
    asked = life.bot.asked("find")
    sandbox.commit(
        repository, "change", {"shop.py": HEAD.replace("import json\n", "import json\nimport sys\n")}
    )
    life.checked(pull, "success", "2 still open")
    assert life.bot.asked("find") == asked + 1

    sandbox.rename_file(repository, "change", "shop.py", "store.py")
    life.checked(pull, "success", "2 still open")

    life.forget(pull)
    sandbox.commit(repository, "main", {"README.md": "# The shop\n"})
    before = life.bot.asked("")
    sandbox.rebase(repository, "change", onto="main")
    life.checked(pull, "success", "2 still open")
    assert life.bot.asked("") == before

    mended = module(MENDED, PARTS["last"], PARTS["discount"], top="import sys\n")
    sandbox.commit(repository, "change", {"shop.py": None, "store.py": mended}, start="main")
    life.checked(pull, "success", "1 still open")

    assert len([one for one in pull.review_comments if one.reply_to is None]) == 3
    assert (share.body.startswith("✅ **Fixed**"), share.minimized) == (True, "resolved")
    assert (discount.body.startswith("**Dismissed**"), discount.minimized) == (True, "resolved")
    assert ("Fixed" in last.body, last.minimized) == (False, None)
    [summary] = own_comments(pull)
    assert "1 still open" in summary


def test_a_changed_line_that_nobody_reports_again_keeps_its_thread_open_until_it_is_mended(
    life: Life,
) -> None:
    life.reports(SHARE)
    repository, pull = life.opened("changed-line", "fail_on: high\n")
    life.checked(pull, "failure", "1 finding")
    share = about(pull, "share")
    life.reports()
    adorned = PARTS["share"].replace("total / people", "float(total / people)  # cents")
    for text in (module(adorned), module(adorned, top="import sys\n")):
        life.bot.sandbox.commit(repository, "change", {"shop.py": text})
        life.checked(pull, "failure", "1 still open")
    assert (share.body.startswith("✅ **Fixed**"), share.minimized) == (False, None)
    life.bot.sandbox.commit(repository, "change", {"shop.py": module(MENDED)})
    life.checked(pull, "success", "")
    assert share.body.startswith("✅ **Fixed**")
    assert "No people, no share." in share.body
    assert len([one for one in pull.review_comments if one.reply_to is None]) == 1


def test_dismissing_what_made_the_check_red_turns_it_at_once_and_asks_no_model(life: Life) -> None:
    life.reports(SHARE)
    _, pull = life.opened("red", "fail_on: high\n")
    life.checked(pull, "failure", "1 finding")
    asked = life.bot.asked("")
    life.answers(about(pull, "share"), "/ai-review dismiss there are always people", "acme")
    life.checked(pull, "success", "")
    assert life.bot.asked("") == asked
    assert "there are always people" in own_comments(pull)[0]


def test_a_red_check_stays_red_when_the_next_push_cannot_be_looked_at(life: Life) -> None:
    life.reports(SHARE)
    repository, pull = life.opened("red-stays", "fail_on: high\n")
    life.checked(pull, "failure", "1 finding")
    life.bot.model({"error": "refused"})
    life.bot.sandbox.commit(repository, "change", {"shop.py": HEAD.replace("import json", "import csv")})
    life.checked(pull, "failure", "still open")


def test_a_thread_that_a_writer_resolves_is_settled_and_a_readers_click_is_not(life: Life) -> None:
    life.reports(SHARE, LAST)
    repository, pull = life.opened("clicks", "fail_on: high\n")
    life.checked(pull, "failure", "2 findings")
    sandbox = life.bot.sandbox
    sandbox.set_role(repository, "wanda", "write")
    sandbox.resolve(about(pull, "index"), by="dev")
    sandbox.resolve(about(pull, "share"), by="wanda")
    life.checked(pull, "failure", "1 still open")
    sandbox.unresolve(about(pull, "share"), by="wanda")
    life.checked(pull, "failure", "2 still open")


def test_what_was_dismissed_in_one_pull_request_is_held_back_in_the_next(life: Life) -> None:
    life.reports(DISCOUNT)
    repository, pull = life.opened("lessons")
    life.checked(pull, "success", "1 finding")
    life.answers(about(pull, "percentage"), "/ai-review dismiss percent is a fraction here", "acme")
    life.checked(pull, "success", "")
    sandbox = life.bot.sandbox
    sandbox.commit(repository, "again", {"shop.py": HEAD}, start="main")
    other = sandbox.open_pull_request(repository, "again", title="Once more")
    life.checked(other, "success", "held back")
    assert other.review_comments == []
    assert "percent is a fraction here" in own_comments(other)[0]


def test_an_argument_makes_the_model_look_again_and_take_a_mild_finding_back(life: Life) -> None:
    life.reports(DISCOUNT)
    _, pull = life.opened("argument")
    life.checked(pull, "success", "1 finding")
    refuted = {"verdict": "refuted", "introduced": True, "reason": "Callers pass a fraction."}
    life.bot.model({"name": "argue", "answer": refuted}, {"name": "find", "answer": {"findings": []}})
    life.answers(about(pull, "percentage"), "All callers pass a fraction between 0 and 1.", "dev")
    life.checked(pull, "success", "")
    comment = about(pull, "percentage")
    assert comment.body.startswith("**Withdrawn**")
    assert "Callers pass a fraction." in comment.body


def test_paused_pushes_are_said_to_be_skipped_until_somebody_resumes(life: Life) -> None:
    life.reports(SHARE)
    repository, pull = life.opened("pushed-while-paused")
    life.checked(pull, "success", "1 finding")
    sandbox = life.bot.sandbox
    said = sandbox.comment(pull, "/ai-review pause", author="acme")
    assert sandbox.wait_until(lambda: "+1" in {one.content for one in said.reactions})
    sandbox.commit(repository, "change", {"shop.py": HEAD.replace("import json", "import csv")})
    life.checked(pull, "neutral", "paused")
    said = sandbox.comment(pull, "/ai-review resume", author="acme")
    assert sandbox.wait_until(lambda: "+1" in {one.content for one in said.reactions})
    sandbox.commit(repository, "change", {"shop.py": HEAD.replace("import json", "import re")})
    life.checked(pull, "success", "1 still open")


def test_a_hostile_policy_in_the_pull_request_changes_nothing_but_a_notice(life: Life) -> None:
    life.reports(SHARE)
    repository = life.bot.repository("hostile", {"shop.py": BASE, ".github/ai-review.yml": "fail_on: high\n"})
    hostile = "enabled: false\nfail_on: nevr\nmodel: https://evil.test\n"
    pull = life.bot.open(repository, {"shop.py": HEAD, ".github/ai-review.yml": hostile})
    run = life.checked(pull, "failure", "1 finding")
    assert "changes the policy" in own_comments(pull)[0]
    assert {note.path for note in run.annotations} == {".github/ai-review.yml"}


def test_a_changed_policy_is_tried_on_what_the_bot_told_before(
    life: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    life.reports(SHARE, DISCOUNT)
    _, pull = life.opened("backtest")
    life.checked(pull, "success", "2 findings")
    tried = tmp_path / "tried.yml"
    tried.write_text("severity_threshold: high\nfail_on: high\n")
    asked = life.bot.asked("")
    with terminal(monkeypatch, capsys) as shell:
        shell.set(**life.bot.environment)
        shown = shell.run("policy", "backtest", str(tried), "--repo", "acme/backtest")
    assert shown.status == 0, shown.err
    told = " ".join(shown.out.split())
    assert "shop.py:157 A percentage is taken as a fraction. would vanish: milder than high" in told
    assert "1 finding would vanish, 0 would appear; 1 would stay" in told
    assert "check: no failure -> failure" in told
    assert life.bot.asked("") == asked
