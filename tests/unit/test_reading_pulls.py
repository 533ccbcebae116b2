from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.diff import Diff
from bot.domain.finding import Category, Finding, LineRange, Severity
from bot.domain.policy import Policy
from bot.github.alerts import Alerts
from bot.github.client import connect
from bot.github.pulls import fetch_pull_request
from tests.support.installation import scene_in
from workers.context.fetched import FetchedTexts
from workers.reading_pulls import BASE_FILES, ReadPull, policy_in_force, read_policy, read_pull
from workers.review.change import Change


def test_without_a_file_the_default_policy_holds_and_nobody_is_told() -> None:
    found = policy_in_force(None)
    assert (found.policy, found.notices) == (Policy(), ())


def test_a_good_file_holds() -> None:
    found = policy_in_force("severity_threshold: high\n")
    assert (found.policy, found.notices) == (Policy(severity_threshold=Severity.HIGH), ())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("enabled: true\nnonsense: 1\n", " line 2: "),
        ("enabled: true\nenabled: false\n", " line 2: "),
        ("[", ": "),
    ],
)
def test_a_wrong_file_is_one_notice_and_the_default_holds(text: str, place: str) -> None:
    found = policy_in_force(text)
    [notice] = found.notices
    assert found.policy == Policy()
    assert notice.startswith(".github/ai-review.yml")
    assert place in notice
    assert notice.endswith(". The default policy applies.")
    assert ".." not in notice


def test_a_file_that_could_not_be_read_is_not_taken_for_none() -> None:
    found = policy_in_force(None, unreadable=True)
    assert (found.policy, len(found.notices)) == (Policy(), 1)


async def test_the_policy_comes_from_the_base_and_the_texts_from_the_head(tmp_path: Path) -> None:
    policy = ".github/ai-review.yml"
    scene = scene_in(
        tmp_path,
        base={policy: "max_comments: 3\n", "a.py": "a = 1\n", "gone.py": "x = 1\n"},
        head={policy: "enabled: false\n", "a.py": "a = 2\n", "uv.lock": "x\n"},
    )
    transport = scene.sandbox.transport()
    async with connect(scene.credentials, "https://github.test", transport=transport) as github:
        pull = await fetch_pull_request(github, scene.ref)
        read = await read_pull(github, pull, static=False)
        assert (await read_policy(github, pull)).policy == Policy(max_comments=3)
        assert github.calls == 4
    assert read.in_force.policy == Policy(max_comments=3)
    assert read.change.head_sha == scene.pull.head_sha
    texts = await read.texts.read(["a.py", "uv.lock"])
    assert texts["a.py"] == "a = 2\n"
    assert sorted(file.path for file in read.change.diff.files) == [policy, "a.py", "uv.lock"]


async def test_guidelines_and_attributes_of_the_base_come_in_the_same_request(tmp_path: Path) -> None:
    scene = scene_in(
        tmp_path,
        base={"AGENTS.md": "Be brief.\n", ".gitattributes": "*.x binary\n", "a.py": "a = 1\n"},
        head={"AGENTS.md": "Be long.\n", "a.py": "a = 2\n"},
    )
    transport = scene.sandbox.transport()
    async with connect(scene.credentials, "https://github.test", transport=transport) as github:
        pull = await fetch_pull_request(github, scene.ref)
        read = await read_pull(github, pull, static=False)
        assert github.calls == 3
    texts = await read.texts.read_base([".gitattributes", "AGENTS.md", "CLAUDE.md"])
    assert texts == {".gitattributes": "*.x binary\n", "AGENTS.md": "Be brief.\n", "CLAUDE.md": None}
    assert set(read.texts.base) == set(BASE_FILES)


async def test_alerts_are_asked_for_only_where_the_policy_wants_them(tmp_path: Path) -> None:
    policy = {".github/ai-review.yml": "code_scanning: true\n"}
    scene = scene_in(tmp_path, base={**policy, "a.py": "a = 1\n"}, head={"a.py": "a = 2\n"})
    transport = scene.sandbox.transport()
    async with connect(scene.credentials, "https://github.test", transport=transport) as github:
        pull = await fetch_pull_request(github, scene.ref)
        read = await read_pull(github, pull, static=False)
        assert github.calls == 4
    assert read.reports == ()
    assert read.notices == ("Code scanning is not switched on here, so its alerts were not looked at.",)


def test_alerts_reach_the_engine_as_a_report_of_their_own() -> None:
    finding = Finding(
        "a.py",
        LineRange(1, 1),
        "",
        Category.SECURITY,
        Severity.HIGH,
        0.7,
        "claim",
        "",
        "",
        "code-scanning:X:R",
    )
    change = Change("", "", "a" * 40, Diff(()))
    in_force = policy_in_force("[")
    read = ReadPull(change, FetchedTexts({}), in_force, Alerts((finding,), "Only some were read."))
    [report] = read.reports
    assert (report.name, report.findings) == ("code-scanning", (finding,))
    assert read.notices == (*in_force.notices, "Only some were read.")
