"""What becomes of the hits of rules while people push and dismiss, where no model is set up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.sandbox.state import CheckRun, PullRequest, ReviewComment
from tests.support.installed import Installed, installed, own_comments

pytestmark = pytest.mark.xdist_group("static-life")

BETWEEN = "".join(f"\n\ndef step_{number}(value):\n    return value + {number}\n" for number in range(40))
PRICE = 'def parse_price(text):\n    if text is "free":\n        return 0\n    return int(text)\n'
ZONE = '\n\ndef zone(code):\n    if code is "EU":\n        return 1\n    return 2\n'


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    with installed(tmp_path_factory.mktemp("static"), model="static", cross_check_model="") as running:
        yield running


def checked(bot: Installed, pull: PullRequest, conclusion: str, title: str) -> CheckRun:
    """Wait until the check of the present head says this."""

    def said() -> bool:
        runs = [run for run in pull.repository.checks if run.head_sha == pull.head_sha]
        return bool(runs) and runs[-1].conclusion == conclusion and title in str(runs[-1].title)

    assert bot.sandbox.wait_until(said, 40), [(run.conclusion, run.title) for run in pull.repository.checks]
    return pull.repository.checks[-1]


def threads(pull: PullRequest) -> list[ReviewComment]:
    return [one for one in pull.review_comments if one.reply_to is None]


def test_a_new_hit_of_a_rule_is_told_where_an_old_one_of_its_file_is_mended(bot: Installed) -> None:
    repository = bot.repository("prices", {"shop.py": BETWEEN})
    pull = bot.open(repository, {"shop.py": PRICE + BETWEEN})
    checked(bot, pull, "success", "1 finding")
    mended = PRICE.replace('is "free"', '== "free"')
    bot.sandbox.commit(repository, "change", {"shop.py": mended + BETWEEN + ZONE})
    checked(bot, pull, "success", "1 new finding")
    old, new = threads(pull)
    assert (old.body.startswith("✅ **Fixed**"), old.minimized) == (True, "resolved")
    assert new.place.line == len((mended + BETWEEN + ZONE).split("\n")) - 3
    assert "still open" not in own_comments(pull)[0]


def unawaited(name: str) -> str:
    """A function that starts something, and one that does not wait for it."""
    job = f"async def {name}(x):\n    print(x)\n"
    return f"{job}\n\nasync def nightly(xs):\n    for x in xs:\n        {name}(x)\n"


def test_a_dismissal_in_one_pull_request_hides_no_other_hit_of_its_rule_in_the_next(bot: Installed) -> None:
    repository = bot.repository("nightly", {"shop.py": BETWEEN})
    pull = bot.open(repository, {"jobs.py": unawaited("save")})
    checked(bot, pull, "success", "1 finding")
    [told] = threads(pull)
    bot.sandbox.reply(told, "/ai-review dismiss save is only a log", author="acme")
    assert bot.sandbox.wait_until(lambda: told.body.startswith("**Dismissed**"))
    assert "held back in this repository for 90 days" in told.body
    bot.sandbox.commit(repository, "invoices", {"invoices.py": unawaited("upload_invoice")}, start="main")
    other = bot.sandbox.open_pull_request(repository, "invoices", title="Send invoices")
    checked(bot, other, "success", "1 finding")
    assert len(threads(other)) == 1
    bot.sandbox.commit(repository, "again", {"again.py": unawaited("save")}, start="main")
    third = bot.sandbox.open_pull_request(repository, "again", title="Save once more")
    checked(bot, third, "success", "held back")
    assert threads(third) == []


def test_a_second_look_and_a_dismissal_call_nothing_new_and_repeat_nothing(bot: Installed) -> None:
    repository = bot.repository("again", {"shop.py": BETWEEN})
    pull = bot.open(repository, {"shop.py": PRICE + BETWEEN + ZONE, "jobs.py": unawaited("save")})
    checked(bot, pull, "success", "3 findings")
    bot.sandbox.reply(threads(pull)[0], "/ai-review dismiss it is a constant", author="acme")
    checked(bot, pull, "success", "No new problems in 2 files; 2 still open")
    said = bot.sandbox.comment(pull, "/ai-review", author="acme")
    assert bot.sandbox.wait_until(lambda: "+1" in {one.content for one in said.reactions})
    checked(bot, pull, "success", "No new problems in 2 files; 2 still open")
    [summary] = own_comments(pull)
    assert "new finding" not in summary
    assert "not posted" not in summary
