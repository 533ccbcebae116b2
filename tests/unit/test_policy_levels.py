from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.diff import FileDiff, FileStatus
from bot.domain.finding import Severity
from bot.domain.in_force import LastGood, Level, Origin
from bot.domain.policy import POLICY_PATH, Policy, Profile
from bot.domain.review import Conclusion
from bot.rendering.check import check_result
from bot.rendering.summary import summary_comment
from tests.support.reviews import REF, completed
from workers.policy_levels import (
    CHANGED,
    ORGANISATION_PATH,
    File,
    Files,
    NoMemory,
    changes_policy,
    policy_in_force,
)

NEW_YEAR = 1_798_761_600.0  # 2027-01-01, UTC
GOOD = LastGood("max_comments: 3\n", NEW_YEAR)


def test_without_a_file_the_default_policy_holds_and_nobody_is_told() -> None:
    found = policy_in_force(Files())
    assert (found.policy, found.notices, found.problems) == (Policy(), (), ())
    assert found.origins["ignore"] == Origin()
    assert found.origin_of("ignore") == "default"


def test_a_good_file_holds_and_its_lines_are_known() -> None:
    found = policy_in_force(Files(File("# ours\nseverity_threshold: high\nignore: [a,\n  b]\n")))
    assert (found.policy, found.notices) == (Policy(severity_threshold=Severity.HIGH, ignore=("a", "b")), ())
    assert found.origins["severity_threshold"] == Origin(Level.REPOSITORY, POLICY_PATH, 2)
    assert (found.lines["ignore[0]"], found.lines["ignore[1]"]) == (3, 4)
    assert found.origin_of("severity_threshold") == f"{POLICY_PATH}, line 2"


def test_a_repository_lies_on_its_organisation_key_by_key() -> None:
    shared = "drafts: true\nmax_comments: 5\ntriggers: {push: first, opened: false}\nignore: [a]\n"
    own = "max_comments: 9\ntriggers: {max_rounds: 3}\nignore:\n"
    found = policy_in_force(Files(File(own), File(shared)))
    policy = found.policy
    assert (policy.drafts, policy.max_comments, policy.ignore) == (True, 9, ("a",))
    assert (policy.triggers.push.value, policy.triggers.opened, policy.triggers.max_rounds) == (
        "every",
        True,
        3,
    )
    assert found.origins["drafts"] == Origin(Level.ORGANISATION, ORGANISATION_PATH, 1)
    assert found.origins["triggers"] == Origin(Level.REPOSITORY, POLICY_PATH, 2)
    assert "triggers.push" not in found.lines
    assert found.lines["ignore[0]"] == 4
    assert found.origin_of("triggers.push") == f"{POLICY_PATH}, line 2"


def test_an_empty_list_of_the_repository_takes_back_the_organisations() -> None:
    assert policy_in_force(Files(File("ignore: []"), File("ignore: [a]"))).policy.ignore == ()


def test_what_a_profile_sets_comes_from_its_line_unless_any_level_says_it() -> None:
    found = policy_in_force(Files(File("drafts: true\nprofile: chill\n"), File("max_comments: 33\n")))
    assert found.policy.profile is Profile.CHILL
    assert (found.policy.severity_threshold, found.policy.max_comments) == (Severity.MEDIUM, 33)
    assert found.origins["severity_threshold"] == Origin(Level.REPOSITORY, POLICY_PATH, 2, profile=True)
    assert found.origin_of("max_comments") == "the organisation's .github/ai-review.yml, line 1"
    assert found.origin_of("severity_threshold") == f"{POLICY_PATH}, line 2 (profile)"


def test_fields_of_a_policy_that_another_key_sets_have_its_origin() -> None:
    found = policy_in_force(Files(File("categories: {test: true}\ncommands:\n  permission: admin\n")))
    names = ("categories_off", "permission", "languages_off")
    assert [found.origin_of(name) for name in names] == [
        f"{POLICY_PATH}, line 1",
        f"{POLICY_PATH}, line 3",
        "default",
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("enabled: true\nnonsense: 1\n", " line 2, column 1: "),
        ("enabled: true\nenabled: false\n", " line 2, column 1: "),
        ("[", ": "),
    ],
)
def test_a_wrong_file_is_one_notice_and_the_default_holds(text: str, place: str) -> None:
    found = policy_in_force(Files(File(text)))
    [notice] = found.notices
    assert found.policy == Policy()
    assert notice.startswith(".github/ai-review.yml")
    assert place in notice
    assert notice.endswith(" The default policy applies.")
    assert "?." not in notice
    assert ".." not in notice
    assert found.problems[0].path == POLICY_PATH


def test_a_file_with_several_mistakes_says_how_many_there_are() -> None:
    [notice] = policy_in_force(Files(File("drafs: true\nignor: []\nimages: maybe\n"))).notices
    assert notice == (
        ".github/ai-review.yml line 1, column 1: unknown key `drafs`; did you mean `drafts`?"
        " It has 2 more mistakes. The default policy applies."
    )


@pytest.mark.parametrize("text", ["drafs: true\n", "drafs: true\nignor: []\nimagse: maybe\n"])
def test_each_mistake_is_told_once_on_a_page(text: str) -> None:
    found = policy_in_force(Files(File(text)))
    review = replace(completed(), notices=found.notices, problems=found.problems)
    for words in (
        summary_comment(review, REF, Conclusion.SUCCESS),
        check_result(review, Conclusion.SUCCESS).summary,
    ):
        for line in text.splitlines():
            assert words.count(f"unknown key `{line.partition(':')[0]}`") == 1


def test_mistakes_of_its_new_version_are_told_beside_one_of_the_old() -> None:
    found = policy_in_force(Files(File("drafs: true\n"), head=File("drafs: true\nignor: []\n")))
    words = check_result(
        replace(completed(), notices=found.notices, problems=found.problems), Conclusion.SUCCESS
    ).summary
    assert words.count("unknown key `ignor`") == 1


def test_a_file_that_could_not_be_read_is_not_taken_for_none() -> None:
    found = policy_in_force(Files(File(unreadable=True)))
    assert found.policy == Policy()
    assert found.notices == (".github/ai-review.yml is too large or no text. The default policy applies.",)


@pytest.mark.parametrize("file", [File("foo: 1\n"), File(unreadable=True)])
def test_the_last_good_policy_takes_the_place_of_a_wrong_one(file: File) -> None:
    found = policy_in_force(Files(file, File("drafts: true\nmax_comments: 1\n"), GOOD))
    assert found.policy == Policy(max_comments=3, drafts=True)
    assert found.origins["max_comments"] == Origin(Level.LAST_GOOD, POLICY_PATH, 1)
    assert found.origin_of("max_comments") == f"the last good {POLICY_PATH}, line 1"
    [notice] = found.notices
    assert notice.endswith(". The policy of 1 January 2027 applies, the last one without a mistake.")


def test_the_last_good_policy_does_nothing_beside_a_good_one_or_none() -> None:
    assert policy_in_force(Files(File("drafts: true\n"), last_good=GOOD)).policy == Policy(drafts=True)
    assert policy_in_force(Files(last_good=GOOD)).policy == Policy()


def test_a_last_good_policy_that_is_good_no_more_is_left_out() -> None:
    found = policy_in_force(Files(File("["), File("drafts: true"), LastGood("old_key: 1", NEW_YEAR)))
    assert found.policy == Policy(drafts=True)
    assert found.notices[0].endswith("The organisation's policy applies.")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (File("\nfoo: 1"), "ai-review.yml line 2, column 1: unknown key `foo`"),
        (File(unreadable=True), "too large or no"),
    ],
)
def test_a_wrong_file_of_the_organisation_is_left_out(file: File, words: str) -> None:
    found = policy_in_force(Files(File("max_comments: 4"), file))
    [notice] = found.notices
    assert found.policy == Policy(max_comments=4)
    assert notice.startswith("The organisation's .github/ai-review.yml ")
    assert words in notice
    assert found.problems == ()


def test_what_a_pull_request_makes_of_the_policy_has_no_effect() -> None:
    found = policy_in_force(Files(File("max_comments: 4"), head=File("enabled: false\n")))
    assert found.policy == Policy(max_comments=4)
    assert (found.notices, found.problems) == ((CHANGED,), ())


def test_mistakes_of_its_new_version_are_named_in_place_of_the_old_ones() -> None:
    found = policy_in_force(Files(File("old: 1"), head=File("drafts: true\nfoo: 1\nbar: 2\n")))
    assert [(one.line, one.column) for one in found.problems] == [(2, 1), (3, 1)]
    assert CHANGED in found.notices
    assert "The new version has 2 mistakes" in found.notices[-1]
    assert "unknown key `foo`" in found.problems[0].message
    one = policy_in_force(Files(head=File("["))).notices[-1]
    assert "has a mistake" in one
    gone = policy_in_force(Files(File("max_comments: 4"), head=File()))
    assert (gone.notices, gone.policy.max_comments) == ((CHANGED,), 4)
    odd = policy_in_force(Files(head=File(unreadable=True)))
    assert "too large or no text" in odd.notices[-1]


def test_no_memory_keeps_nothing() -> None:
    memory = NoMemory()
    memory.put("acme/shop", "main", "drafts: true")
    assert memory.get("acme/shop", "main") is None


@pytest.mark.parametrize(
    ("file", "changed"),
    [
        (FileDiff(POLICY_PATH, FileStatus.MODIFIED), True),
        (FileDiff(POLICY_PATH, FileStatus.REMOVED), True),
        (FileDiff(POLICY_PATH, FileStatus.RENAMED, old_path="policy.yml"), True),
        (FileDiff("old.yml", FileStatus.RENAMED, old_path=POLICY_PATH), True),
        (FileDiff("copy.yml", FileStatus.COPIED, old_path=POLICY_PATH), False),
        (FileDiff("a.py", FileStatus.MODIFIED), False),
    ],
)
def test_a_copy_of_the_policy_does_not_change_it(file: FileDiff, changed: bool) -> None:
    assert changes_policy(file) is changed
