"""The file with the App's key is away for a while, as when an operator changes it: no event is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.installed import finding, installed, own_comments, places
from tests.support.sandbox import private_key
from tests.support.waiting import wait_until

pytestmark = pytest.mark.xdist_group("key-file")


def test_what_happens_while_the_key_file_is_away_is_done_when_it_is_back(tmp_path: Path) -> None:
    path, away = tmp_path / "app.pem", tmp_path / "away.pem"
    path.write_text(private_key())
    with installed(tmp_path, github_private_key=str(path)) as bot:
        bot.finds(finding())
        older = bot.open(bot.repository("older"))
        bot.reviewed(older, "success")
        path.rename(away)
        newer = bot.open(bot.repository("newer"))
        comment = bot.sandbox.comment(older, "/ai-review help", author="acme")
        for words in ("acme/newer#1 cannot be reviewed", "A command was not carried out"):
            wait_until(lambda said=words: said in bot.log.read_text(), words, 30)  # type: ignore[misc]
        away.rename(path)
        bot.reviewed(newer, "success")
        assert places(newer) == [("shapes.py", 6)]
        assert bot.sandbox.wait_until(lambda: len(comment.reactions) == 2, 30)
        assert len(own_comments(older)) == 2
