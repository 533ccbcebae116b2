"""Policy files that mean ill, on the base branch and in the pull request, played through a review."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.support.serving import Bot, serving

POLICY = ".github/ai-review.yml"
HOSTILE = {
    "an unknown key": ("enabled: false\nbase_url: http://192.0.2.1\n", f"{POLICY} line 2, "),
    "an address": ("enabled: false\nmodel: http://192.0.2.1/v1\n", f"{POLICY} line 2, "),
    "a key twice": ("enabled: false\nmax_comments: 1\nenabled: false\n", f"{POLICY} line 3, "),
    "a megabyte": ("enabled: false\n" + "#" * 1_000_000, f"{POLICY} is too large"),
    "aliases of aliases": ("enabled: false\na: &a [x]\nb: [*a, *a]\n", f"{POLICY} line 2, "),
    "brackets": ("enabled: false\nignore: " + "[" * 20_000, f"{POLICY} line 2, "),
    "a bad glob": ("enabled: false\nignore: ['*', '[z-a]']\n", f"{POLICY} line 2, "),
}
"""Each would switch reviews off, and what a person is told."""


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        yield one


@pytest.mark.parametrize("name", HOSTILE)
async def test_on_the_base_branch_it_is_refused_named_and_replaced_by_the_default(
    bot: Bot, name: str
) -> None:
    text, told = HOSTILE[name]
    bot.scene.sandbox.commit(bot.scene.repository, "main", {POLICY: text})
    await bot.serve()
    [summary] = bot.scene.pull.comments
    assert len(bot.scene.pull.review_comments) == 1
    assert told in summary.body
    assert "192.0.2.1" not in summary.body


@pytest.mark.parametrize("name", HOSTILE)
async def test_in_the_pull_request_it_has_no_effect_but_to_be_named(bot: Bot, name: str) -> None:
    text, _ = HOSTILE[name]
    bot.scene.sandbox.commit(bot.scene.repository, "main", {POLICY: "max_comments: 0\n"})
    bot.scene.sandbox.commit(bot.scene.repository, "change", {POLICY: text})
    await bot.serve()
    [summary] = bot.scene.pull.comments
    assert bot.scene.pull.review_comments == []
    assert "**Notice:**" in summary.body
    assert POLICY in summary.body


async def test_a_pattern_made_to_backtrack_leaves_out_nothing_and_holds_nothing_up(bot: Bot) -> None:
    patterns = "".join(f"  - '{'*a' * 95}{number}'\n" for number in range(20))
    bot.scene.sandbox.commit(bot.scene.repository, "main", {POLICY: f"ignore:\n{patterns}"})
    bot.scene.sandbox.commit(bot.scene.repository, "change", {"a" * 200: "a\n"})
    await bot.serve()
    assert len(bot.scene.pull.review_comments) == 1
    assert bot.scene.check()[0] == "completed"
