"""The bot closes its threads here in both of the ways that GitHub leaves to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.pull_request import PullRequestRef
from bot.github.client import connect
from bot.github.standing import MARKER_START, fetch_standing
from bot.github.threads import close_thread, edit_inline
from tests.support.sandbox import scene


@pytest.mark.parametrize(("contents", "resolved", "folded"), [("read", False, True), ("write", True, False)])
async def test_a_thread_is_resolved_where_that_is_allowed_and_folded_away_elsewhere(
    tmp_path: Path, contents: str, resolved: bool, folded: bool
) -> None:
    stage = scene(tmp_path, permissions={"contents": contents, "pull_requests": "write"})
    body = f"{MARKER_START}x -->\nOff by one."
    stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 5, body, author=stage.app.bot.login)
    [comment] = stage.pull.review_comments
    stage.sandbox.reply(comment, "It cannot happen.", author="ada")
    stage.sandbox.react(comment, "-1", author="ada")
    token = stage.sandbox.installation_token(stage.installation)
    async with connect(token, "http://github.test/api/v3", transport=stage.sandbox.transport()) as github:
        [before] = (await fetch_standing(github, PullRequestRef("acme/shop", 1))).threads
        assert await edit_inline(github, "acme/shop", before.comment.id, f"{body}\n\nFixed.")
        await close_thread(github, before)
        [after] = (await fetch_standing(github, PullRequestRef("acme/shop", 1))).threads
    assert [one.login for one in before.thumbs_down] == ["ada"]
    assert [one.author for one in before.replies] == ["ada"]
    assert (comment.resolved_by is not None, comment.minimized == "resolved") == (resolved, folded)
    assert (after.is_resolved, after.resolved_by, after.line) == (resolved, "", 5)
    assert after.comment.body.endswith("Fixed.")
