"""Secrets that a change brings in: no model, log, key of Redis or comment holds one, and a finding about one
still stands on its line.
"""

from __future__ import annotations

import base64
import re
import zlib
from contextlib import suppress

import pytest
from redis import Redis

from bot.parsing.masking import masked
from bot.sandbox.state import PullRequest
from tests.support.installed import Installed, finding
from tests.support.planted_secrets import KEY, PLANTED, seen

pytestmark = pytest.mark.xdist_group("flows")

TOKEN, PASSWORD = PLANTED["GitHub, classic"], PLANTED["environment"]
CONF = "\n".join(["# all of it", *(one.line for one in PLANTED.values()), ""])
CODE = f"import os\n\n\ndef connect(pool=[]):\n    {TOKEN.line}\n    return os.environ, pool, GITHUB\n"
FILES = {"deploy/all.conf": CONF, "deploy/server.key": f"{KEY}\n", "app/connect.py": CODE}
PUSHED = FILES | {"app/connect.py": CODE.replace("return os.environ,", "return dict(os.environ),")}
PLACES = {
    ("app/connect.py", 5),
    ("deploy/all.conf", 1 + CONF.split("\n").index(PASSWORD.line)),
    ("deploy/server.key", 3),
}
MASKED_LINE = masked(CODE).split("\n")[4]
CONFIRMED = {
    "verdict": "confirmed",
    "introduced": True,
    "reason": f"It is written out: {MASKED_LINE.strip()}",
}


def reported() -> list[dict[str, object]]:
    """Findings as a model makes them: it quotes what it was shown."""
    leak = {"claim": f"A secret is committed: {MASKED_LINE.strip()}", "category": "security"}
    return [
        finding(MASKED_LINE, "app/connect.py", **leak),
        finding(masked(PASSWORD.line), "deploy/all.conf", **leak | {"claim": "A password is committed."}),
        finding(masked(KEY).split("\n")[2], "deploy/server.key", **leak | {"claim": "A key is committed."}),
    ]


def test_secrets_of_a_change_are_seen_nowhere_and_findings_about_them_stand_on_their_lines(
    bot: Installed,
) -> None:
    looks = [
        {"read": ("deploy/server.key", 2, 3)},
        {"read": ("deploy/all.conf", 1, 99)},
        {"search": "GITHUB"},
    ]
    bot.model(
        {"name": "find", "answer": {"findings": reported()}},
        {"name": "(cross|recheck|argue)", "answer": CONFIRMED, "looks": looks},
        {"name": "fix", "answer": {"why": "Read it.", "fixes": True, "replacement": f"{MASKED_LINE}  # no"}},
        {"name": "explain", "answer": {"explanation": f"Whoever reads {MASKED_LINE.strip()} has it."}},
    )
    rechecks, fixes = bot.asked("recheck"), bot.asked("fix")
    repository = bot.repository("secrets", {"app/connect.py": "import os\n"})
    bot.sandbox.commit(repository, "change", FILES)
    pull = bot.sandbox.open_pull_request(repository, "change", title=TOKEN.line, body=f"{CONF}\n{KEY}")
    bot.reviewed(pull, "success")
    assert {(one.place.path, one.place.line) for one in pull.review_comments} == PLACES
    assert not [one.body for one in pull.review_comments if "```suggestion" in one.body]

    [about_token] = [one for one in pull.review_comments if one.place.path == "app/connect.py"]
    bot.sandbox.reply(about_token, "/ai-review explain", author="acme")
    assert bot.sandbox.wait_until(lambda: any("Whoever reads" in one.body for one in pull.review_comments))
    bot.sandbox.commit(repository, "change", PUSHED)
    bot.reviewed(pull, "success")
    assert bot.asked("recheck") > rechecks
    assert bot.asked("fix") > fixes

    told = bot.rules.with_name("asked").read_text()
    assert "[masked:private-key:" in told
    assert "Secrets in the material were replaced by masks" in told
    assert seen(told) == []
    assert seen(bot.log.read_text()) == []
    assert seen(everything_in(bot.redis_url)) == []
    posted = everything_on(pull)
    assert "`[masked:github-token:" in posted
    assert seen(posted) == []


def everything_in(url: str) -> str:
    """What Redis holds, packed or not."""
    with Redis.from_url(url) as redis:
        values = [_value(redis, key) for key in redis.scan_iter()]
    assert any("[masked:github-token:" in value for value in values), "the ledger holds findings"
    return "\n".join(values)


def _value(redis: Redis, key: bytes) -> str:
    read = {
        b"string": lambda: [redis.get(key)],
        b"hash": lambda: [part for pair in redis.hgetall(key).items() for part in pair],
        b"list": lambda: redis.lrange(key, 0, -1),
        b"set": lambda: list(redis.smembers(key)),
        b"zset": lambda: redis.zrange(key, 0, -1),
        b"stream": lambda: [
            part for _, entry in redis.xrange(key) for pair in entry.items() for part in pair
        ],
        b"none": list,
    }[redis.type(key)]
    return "\n".join(_unpacked(part) for part in read())


def _unpacked(value: bytes) -> str:
    with suppress(zlib.error):
        value = zlib.decompress(value)
    return value.decode("utf-8", "replace")


def everything_on(pull: PullRequest) -> str:
    """What we wrote on a pull request, with what our comments carry unseen."""
    comments = [
        one.body for one in (*pull.comments, *pull.review_comments) if one.author.login.endswith("[bot]")
    ]
    checks = [f"{run.title}\n{run.summary}\n{run.text}" for run in pull.repository.checks]
    reviews = [str(review.body) for review in pull.reviews]
    carried = re.findall(r"ai-review:carried (\S+)", "\n".join(comments))
    assert carried
    return "\n".join((*comments, *checks, *reviews, *(_unpacked(base64.b64decode(one)) for one in carried)))
