from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bot.domain.diff import Diff
from bot.domain.finding import Category, Finding, LineRange, Severity
from bot.domain.in_force import LastGood, Level, PolicyInForce
from bot.domain.policy import Policy
from bot.github.alerts import Alerts
from bot.github.client import connect
from bot.github.pulls import fetch_pull_request
from tests.support.installation import scene_in
from workers.context.fetched import FetchedTexts
from workers.context.guidelines import guidelines
from workers.policy_levels import CHANGED
from workers.reading_pulls import BASE_FILES, ReadPull, read_policy, read_pull
from workers.review.change import Change

POLICY = ".github/ai-review.yml"
API = "https://github.test"


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
    assert read.notices == (CHANGED,)


async def test_secrets_in_what_people_wrote_are_masked_before_anything_is_cut(tmp_path: Path) -> None:
    scene = scene_in(tmp_path, base={"a.py": "a = 1\n"}, head={"a.py": "a = 2\n"})
    token = "ghp_" + "0123456789abcdef" * 3
    scene.pull.title, scene.pull.body = f"Use {token}", f"As in {token}."
    async with connect(scene.credentials, API, transport=scene.sandbox.transport()) as github:
        read = await read_pull(github, await fetch_pull_request(github, scene.ref), static=False)
    assert read.change.title.startswith("Use [masked:github-token:")
    assert read.change.body.startswith("As in [masked:github-token:")


class Memory:
    """Remembers in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], LastGood] = {}

    def get(self, repo: str, branch: str) -> LastGood | None:
        return self.kept.get((repo, branch))

    def put(self, repo: str, branch: str, text: str) -> None:
        self.kept[repo, branch] = LastGood(text, 1_800_000_000.0)


async def test_the_organisations_policy_lies_below_at_no_further_request(tmp_path: Path) -> None:
    scene = scene_in(tmp_path, base={POLICY: "drafts: true\n", "a.py": "a = 1\n"}, head={"a.py": "a = 2\n"})
    scene.sandbox.create_repository("acme/.github", {POLICY: "drafts: false\nmax_comments: 7\n"})
    scene.installation.repository_ids = None
    async with connect(scene.credentials, API, transport=scene.sandbox.transport()) as github:
        pull = await fetch_pull_request(github, scene.ref)
        read = await read_pull(github, pull, static=True)
        assert github.calls == 3
        assert (await read_policy(github, pull)).policy == read.in_force.policy
    assert read.in_force.policy == Policy(drafts=True, max_comments=7)
    assert read.in_force.origins["max_comments"].level is Level.ORGANISATION
    assert read.notices == ()


async def test_an_organisation_whose_files_we_may_not_see_has_no_policy(tmp_path: Path) -> None:
    scene = scene_in(tmp_path, base={"a.py": "a = 1\n"}, head={"a.py": "a = 2\n"})
    scene.sandbox.create_repository("acme/.github", {POLICY: "max_comments: 7\n"})
    async with connect(scene.credentials, API, transport=scene.sandbox.transport()) as github:
        read = await read_pull(github, await fetch_pull_request(github, scene.ref), static=True)
    assert (read.in_force.policy, read.notices) == (Policy(), ())


async def test_the_last_good_policy_is_kept_and_applies_while_the_file_has_mistakes(tmp_path: Path) -> None:
    scene = scene_in(tmp_path, base={POLICY: "max_comments: 3\n", "a.py": "1\n"}, head={"a.py": "2\n"})
    memory = Memory()
    async with connect(scene.credentials, API, transport=scene.sandbox.transport()) as github:
        await read_policy(github, await fetch_pull_request(github, scene.ref), memory)
        assert memory.kept["acme/shop", "main"].text == "max_comments: 3\n"
        scene.sandbox.commit(scene.repository, "main", {POLICY: "max_comments: many\n"})
        pull = await fetch_pull_request(github, scene.ref)
        assert (await read_policy(github, pull)).policy == Policy()
        read = await read_pull(github, pull, static=True, memory=memory)
    assert read.in_force.policy == Policy(max_comments=3)
    assert read.in_force.origins["max_comments"].level is Level.LAST_GOOD
    assert "The policy of 15 January 2027 applies" in read.notices[0]
    assert memory.kept["acme/shop", "main"].text == "max_comments: 3\n"


@pytest.mark.parametrize("static", [True, False])
async def test_mistakes_of_a_change_to_the_policy_are_named_and_have_no_effect(
    tmp_path: Path, static: bool
) -> None:
    head = {POLICY: "max_comments: 3\nenabled: nope\nfoo: 1\n"}
    scene = scene_in(tmp_path, base={POLICY: "max_comments: 3\n"}, head=head)
    memory = Memory()
    async with connect(scene.credentials, API, transport=scene.sandbox.transport()) as github:
        pull = await fetch_pull_request(github, scene.ref)
        read = await read_pull(github, pull, static=static, memory=memory)
    assert read.in_force.policy == Policy(max_comments=3)
    assert [(one.path, one.line, one.column) for one in read.in_force.problems] == [
        (POLICY, 2, 1),
        (POLICY, 3, 1),
    ]
    assert read.notices[0] == CHANGED
    assert memory.kept["acme/shop", "main"].text == "max_comments: 3\n"


@pytest.mark.parametrize(
    "head", [{POLICY: None, "a.py": "2\n"}, {POLICY: None, "moved.yml": "drafts: true\n"}]
)
async def test_taking_the_policy_away_changes_it_too(tmp_path: Path, head: dict[str, str]) -> None:
    scene = scene_in(tmp_path, base={POLICY: "drafts: true\n", "a.py": "1\n"}, head=head)
    async with connect(scene.credentials, API, transport=scene.sandbox.transport()) as github:
        read = await read_pull(github, await fetch_pull_request(github, scene.ref), static=True)
    assert read.in_force.policy == Policy(drafts=True)
    assert read.notices == (CHANGED,)


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


async def test_what_a_repository_asks_of_all_changes_comes_in_the_same_request() -> None:
    asked: list[str] = []

    class Asked(FetchedTexts):
        async def read_base(self, paths: Sequence[str]) -> Mapping[str, str | None]:
            asked.extend(paths)
            return dict.fromkeys(paths)

    await guidelines(["a.py"], Asked({}))
    assert len(asked) >= 4
    assert set(asked) <= set(BASE_FILES)


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
    in_force = PolicyInForce(notices=("The policy is odd.",))
    read = ReadPull(change, FetchedTexts({}), in_force, Alerts((finding,), "Only some were read."))
    [report] = read.reports
    assert (report.name, report.findings) == ("code-scanning", (finding,))
    assert not report.is_whole
    assert read.notices == (*in_force.notices, "Only some were read.")


def test_that_there_are_no_alerts_reaches_the_engine_only_where_all_were_asked_for() -> None:
    change = Change("", "", "a" * 40, Diff(()))
    wanted = PolicyInForce(Policy(code_scanning=True))
    [report] = ReadPull(change, FetchedTexts({}), wanted).reports
    assert (report.name, report.findings, report.is_whole) == ("code-scanning", (), True)
    assert ReadPull(change, FetchedTexts({}), wanted, Alerts((), "GitHub did not give them.")).reports == ()
    assert ReadPull(change, FetchedTexts({}), PolicyInForce()).reports == ()
