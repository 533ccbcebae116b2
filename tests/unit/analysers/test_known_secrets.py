"""Secrets of known makers are told on added lines of any text file, and never repeated."""

from __future__ import annotations

import pytest

from bot.domain.finding import Category, Fate, Severity, is_rule
from bot.domain.policy import Policy
from tests.support.analysing import places
from tests.support.changes import Versions, change_of, reader_of, source_of
from tests.support.planted_secrets import KEY, PLANTED, Planted, seen
from workers.analysers import static_analysers
from workers.analysers.known_secrets import KnownSecrets, secret_rule
from workers.review.change import Engine
from workers.review.pipeline import review_change
from workers.review.static_evidence import evidence_text, hits
from workers.review.timing import Deadline

SECRETS = KnownSecrets(secret_rule())
TOKEN = PLANTED["GitHub, classic"]
KNOWN = {
    name: one for name, one in PLANTED.items() if one.kind not in ("secret", "password", "json-web-token")
}


@pytest.mark.parametrize("planted", KNOWN.values(), ids=KNOWN.keys())
@pytest.mark.parametrize("path", ["app/keys.py", "deploy/.env", "README.md", "Jenkinsfile"])
async def test_a_secret_on_an_added_line_is_a_high_finding_of_any_file(path: str, planted: Planted) -> None:
    [finding] = (await SECRETS.analyse([source_of(path, "# a\n", f"# a\n{planted.line}\n")])).findings
    assert finding.source == f"secrets:{planted.kind}"
    assert is_rule(finding.source)
    assert (finding.category, finding.severity) == (Category.SECURITY, Severity.HIGH)
    assert finding.lines is not None
    assert finding.lines.start == 2
    for words in (finding.claim, finding.trigger, finding.consequence):
        assert words
        assert planted.secret not in words


async def test_a_private_key_is_one_finding_at_its_first_line() -> None:
    analysis = await SECRETS.analyse([source_of("server.pem", None, f"# key\n{KEY}\n\n# next\n{KEY}\n")])
    assert places(analysis) == [
        ("server.pem", "secrets:private-key", 3),
        ("server.pem", "secrets:private-key", 10),
    ]


async def test_a_secret_that_stood_there_before_is_none_of_the_change() -> None:
    analysis = await SECRETS.analyse([source_of("a.py", f"{TOKEN.line}\n", f"{TOKEN.line}\nx = 1\n")])
    assert analysis.findings == ()
    assert analysis.covered == frozenset()


@pytest.mark.parametrize(
    "line",
    [
        'KEY = "AKIA' + 'IOSFODNN7EXAMPLE"',
        'TOKEN = "ghp_' + "x" * 36 + '"',
        'TOKEN = "ghp_' + "0" * 36 + '"',
        'TOKEN = "ghp_' + '1234567890abcdefghijklmnopqrstuvwxyz"',
        'KEY = "sk-ant-' + 'api03-your-key-goes-here-123"',
        'KEY = "sk_' + 'test_4eC39HqLyjWDarjtT1zdp7dc"',
        "DB_PASSWORD=tide-Pool-7731",
        'pattern = r"gh[pousr]_[A-Za-z0-9]{36}"',
    ],
)
async def test_an_example_is_no_secret(line: str) -> None:
    assert (await SECRETS.analyse([source_of("docs/setup.md", None, f"{line}\n")])).findings == ()


@pytest.mark.parametrize("path", ["config/spec_prod.env", "deploy/contest.env", "docs/spec-keys.md"])
async def test_a_name_that_only_sounds_like_a_test_is_none(path: str) -> None:
    assert (await SECRETS.analyse([source_of(path, None, f"{TOKEN.line}\n")])).findings


@pytest.mark.parametrize("path", ["tests/keys.py", "web/keys.spec.ts", "keys_test.go", "a/fixtures/k.pem"])
async def test_what_tests_read_is_made_up(path: str) -> None:
    assert (await SECRETS.analyse([source_of(path, None, f"{TOKEN.line}\n{KEY}\n")])).findings == ()


async def test_a_review_without_a_model_tells_it_and_repeats_it_nowhere() -> None:
    files: Versions = {".env": (None, f"A=1\n{TOKEN.line}\n"), "a.md": (None, f"{TOKEN.line}\n")}
    review = await review_change(
        change_of(files), Policy(), Engine(reader=reader_of(files), analysers=static_analysers())
    )
    told = [(one.finding.path, one.disposition.fate) for one in review.findings]
    assert sorted(told) == [(".env", Fate.POSTED), ("a.md", Fate.POSTED)]
    assert seen(repr(review)) == []
    assert [entry.path for entry in review.coverage.not_read] == [".env"]


async def test_a_model_is_shown_it_as_evidence() -> None:
    file = source_of("a.py", None, f"{TOKEN.line}\n")
    found = await hits([file], [SECRETS], Deadline.after(10))
    assert "line 1: secrets github-token:" in evidence_text(found, "a.py")
