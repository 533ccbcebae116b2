"""The second and further reviews of a pull request, as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from bot.domain.diff import FileDiff, FileStatus
from bot.domain.finding import Disposition, Fate, Severity
from bot.domain.ledger import Earlier
from bot.domain.policy import FailOn, Learning, Policy
from bot.domain.pull_request import PullRequestRef
from bot.domain.review import Conclusion, Outcome, Review, conclude
from tests.support.changes import TextReader, Versions, reader_of
from tests.support.growing import Story, defects
from tests.support.later import refutes, review
from tests.support.pushes import after, change_with_renames
from tests.support.scripted import finds, found, scripted
from workers.models.scripted import Rule
from workers.ports import Image
from workers.review.change import Engine, Limits
from workers.review.holding import READ_BEFORE
from workers.review.lessons import lesson_of
from workers.review.pipeline import review_change

FILLER = "".join(f"filler_{number} = {number}\n" for number in range(20))
SHARE, TAX = "shop/share.py", "shop/tax.py"
BASE = "def share(total, people):\n    if not people:\n        return 0\n    return total / people\n"
HEAD = "def share(total, people):\n    return total / people\n"
FILES: Versions = {SHARE: (BASE, HEAD), TAX: (f"RATE = 19\n{FILLER}", f"RATE = 20\n{FILLER}")}
GUARD = found(SHARE, "    if not people:\n        return 0", severity="medium", confidence=0.9)
RATE = found(TAX, "RATE = 20", claim="The rate doubles.", category="boundary", severity="low")
MORE: Versions = {**FILES, TAX: (f"RATE = 19\n{FILLER}", f"RATE = 20\n{FILLER}LATE = 1\n")}


async def first(*items: Mapping[str, object], files: Versions = FILES) -> Review:
    return await review(files, scripted(finds(*items)))


async def test_a_first_review_says_what_it_has_read() -> None:
    done = await first(GUARD)
    assert len(done.hunks) == 2
    assert (done.since, done.coverage.earlier) == ("", ())


async def test_where_nothing_has_changed_no_model_is_asked_and_what_was_told_stays_open() -> None:
    earlier = after(await first(GUARD, RATE))
    model = scripted()
    done = await review(FILES, model, earlier)
    assert model.prompts == []
    assert (done.outcome, done.usage.calls) == (Outcome.COMPLETED, 0)
    assert [marked.disposition for marked in done.findings] == [Disposition(Fate.OPEN)] * 2
    assert {marked.since for marked in done.findings} == {"1" * 40}
    assert (done.coverage.read, done.coverage.earlier) == ((), (SHARE, TAX))
    assert set(done.hunks) == earlier.hunks
    assert done.since == "1" * 40
    assert conclude(done, FailOn.MEDIUM) is Conclusion.FAILURE


async def test_only_files_with_something_new_are_read_and_what_was_told_is_not_told_again() -> None:
    earlier = after(await first(GUARD, RATE))
    model = scripted(finds(RATE | {"claim": "Now the rate doubles."}, found(TAX, "LATE = 1", severity="low")))
    done = await review(MORE, model, earlier)
    assert [prompt.name for prompt in model.prompts] == ["find-2/plain-1"]
    assert SHARE not in model.prompts[0].text
    assert [(marked.finding.quote, marked.disposition.fate) for marked in done.findings] == [
        ("LATE = 1", Fate.POSTED),
        (GUARD["quote"], Fate.OPEN),
        ("RATE = 20", Fate.OPEN),
        ("RATE = 20", Fate.DUPLICATE),
    ]
    assert (done.coverage.read, done.coverage.earlier) == ((TAX,), (SHARE,))
    assert len(done.hunks) == 3


async def test_lines_that_were_read_are_read_again_in_another_function() -> None:
    body = "".join(f"    step_{number}(user)\n" for number in range(6))
    view, delete = (f"def can_{name}(user):\n{body}\n\n" for name in ("view", "delete"))
    guest = "    if user.name == 'guest':\n        return True\n"
    in_view, in_delete = (one.replace("    step_3", f"{guest}    step_3") for one in (view, delete))
    before: Versions = {"users.py": (view + delete, in_view + delete)}
    moved: Versions = {"users.py": (view + delete, view + in_delete)}
    earlier = after(await review(before, scripted(finds())))
    assert (await review(before, scripted(), earlier)).coverage.earlier == ("users.py",)
    bug = found("users.py", "        return True", severity="high")
    done = await review(moved, scripted(finds(bug)), earlier)
    assert (done.coverage.read, [one.finding.severity for one in done.shown]) == (
        ("users.py",),
        [Severity.HIGH],
    )


class SlowReader(TextReader):
    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        await asyncio.Event().wait()
        return {}


@pytest.mark.parametrize("reader", [TextReader({}), SlowReader({})], ids=["no-text", "too-late"])
async def test_a_text_that_could_not_be_had_once_has_nothing_read_again(reader: TextReader) -> None:
    body = "".join(f"    step_{number}(user)\n" for number in range(9))
    files: Versions = {"users.py": (f"def can(user):\n{body}", f"def can(user):\n{body}    allow(user)\n")}
    earlier = after(await first(files=files))
    model = scripted()
    blind = await review(files, model, earlier, reader=reader, limits=Limits(deadline=0.05))
    assert [rest.path for rest in blind.coverage.not_read] == ["users.py"]
    assert blind.since == earlier.head_sha
    done = await review(files, model, after(blind))
    assert (done.outcome, done.coverage.earlier, model.prompts) == (Outcome.COMPLETED, ("users.py",), [])
    assert frozenset(done.hunks) == earlier.hunks


async def test_new_findings_on_code_that_was_read_are_held_back() -> None:
    earlier = after(await first())
    new = found(TAX, "LATE = 1", severity="low")
    done = await review(MORE, scripted(finds(RATE, GUARD | {"severity": "high"}, new)), earlier)
    assert [(marked.finding.path, marked.finding.severity) for marked in done.shown] == [
        (SHARE, Severity.HIGH),
        (TAX, Severity.LOW),
    ]
    [held] = done.with_fate(Fate.SUPPRESSED)
    assert held.disposition.reason == READ_BEFORE


async def test_a_full_review_reads_everything_and_keeps_what_is_open() -> None:
    earlier = replace(after(await first(GUARD)), hunks=frozenset())
    model = scripted(finds(GUARD | {"claim": "Nobody checks any more: the guard is gone."}, RATE))
    done = await review(FILES, model, earlier)
    assert done.coverage.read == (SHARE, TAX)
    assert [(one.finding.path, one.disposition.fate) for one in done.shown] == [
        (TAX, Fate.POSTED),
        (SHARE, Fate.OPEN),
    ]
    assert done.since == ""


async def test_the_model_is_told_again_of_what_its_code_has_changed_and_the_thread_goes_on() -> None:
    earlier = after(await first(RATE))
    files: Versions = {**FILES, TAX: (f"RATE = 19\n{FILLER}", f"RATE = 21\n{FILLER}")}
    model = scripted(finds(RATE | {"quote": "RATE = 21", "claim": "Still the rate doubles."}))
    done = await review(files, model, earlier)
    assert "Reported earlier about code that has changed since" in model.prompts[0].text
    [kept] = done.shown
    assert (kept.disposition.fate, kept.finding.quote, kept.since) == (Fate.OPEN, "RATE = 21", "1" * 40)
    assert kept.finding.claim == "The rate doubles."
    silent = await review(files, scripted(finds(), refutes("confirmed")), earlier)
    assert [one.disposition for one in silent.findings] == [Disposition(Fate.OPEN)]
    taken_back: Versions = {**FILES, TAX: (f"RATE = 19\n{FILLER}", f"RATE = 19\n{FILLER}NEW = 1\n")}
    gone = await review(taken_back, scripted(finds()), earlier)
    assert [one.disposition for one in gone.findings] == [Disposition(Fate.FIXED, "its code is gone")]


async def test_a_model_that_is_away_settles_nothing_and_the_next_review_reads_it() -> None:
    earlier = after(await first(RATE))
    files: Versions = {**FILES, TAX: (f"RATE = 19\n{FILLER}", f"RATE = 21\n{FILLER}")}
    done = await review(files, scripted(Rule(error="unavailable")), earlier)
    assert (done.outcome, [one.disposition.fate for one in done.findings]) == (Outcome.FAILED, [Fate.OPEN])
    assert [rest.path for rest in done.coverage.not_read] == [TAX]
    assert len(done.hunks) == 1
    again = scripted(finds(), refutes())
    done = await review(files, again, after(done))
    assert [prompt.name for prompt in again.prompts] == ["find-2/plain-1", "recheck-1"]
    assert [one.disposition.fate for one in done.findings] == [Fate.FIXED]


async def test_an_open_finding_that_could_not_be_checked_again_makes_a_review_incomplete() -> None:
    earlier = after(await first(RATE))
    model = scripted(Rule(name="^recheck", error="unavailable"), finds())
    done = await review(MORE, model, earlier)
    assert (done.outcome, done.reason) == (Outcome.PARTIAL, "1 open finding could not be checked again")
    assert [one.disposition.fate for one in done.findings] == [Fate.OPEN]
    model = scripted(refutes())
    done = await review(MORE, model, after(done))
    assert [one.disposition.fate for one in done.findings] == [Fate.FIXED]
    assert (done.outcome, len(model.prompts)) == (Outcome.COMPLETED, 1)


async def test_texts_that_do_not_come_in_time_settle_nothing() -> None:
    earlier = after(await first(GUARD, RATE))
    limits = Limits(deadline=0.05)
    done = await review(FILES, scripted(), earlier, reader=SlowReader({}), limits=limits)
    assert [one.disposition.fate for one in done.findings] == [Fate.OPEN] * 2
    assert (done.outcome, done.coverage.not_read) == (Outcome.COMPLETED, ())
    done = await review(MORE, scripted(), earlier, reader=SlowReader({}), limits=limits)
    assert (done.outcome, [rest.path for rest in done.coverage.not_read]) == (Outcome.FAILED, [TAX])
    assert [one.disposition.fate for one in done.findings] == [Fate.OPEN] * 2
    assert len(done.hunks) == 2


async def test_a_text_that_cannot_be_had_leaves_open_what_was_told_of_it() -> None:
    earlier = after(await first(GUARD))
    done = await review(FILES, scripted(), earlier, reader=TextReader({TAX: FILES[TAX][1]}))
    assert [one.disposition.fate for one in done.findings] == [Fate.OPEN]
    assert (done.outcome, done.coverage.earlier) == (Outcome.COMPLETED, (SHARE, TAX))


async def test_what_people_dismissed_stays_quiet_until_it_is_worse() -> None:
    told = await first(RATE)
    dismissed = replace(told.findings[0], disposition=Disposition(Fate.DISMISSED, "Meant so.", "ana"))
    earlier = after(told, dismissed)
    files: Versions = {**FILES, TAX: (f"RATE = 19\n{FILLER}", f"RATE = 20\nLATE = 1\n{FILLER}")}
    done = await review(files, scripted(finds(RATE)), earlier)
    assert [one.disposition for one in done.findings] == [dismissed.disposition]
    worse = await review(files, scripted(finds(RATE | {"severity": "high"})), earlier)
    assert [one.disposition.fate for one in worse.findings] == [Fate.POSTED, Fate.DISMISSED]
    assert worse.findings[0].fingerprint != dismissed.fingerprint
    assert "worse than when it was dismissed by ana" in worse.findings[0].disposition.reason


async def test_what_was_fixed_and_comes_back_is_told_anew_beside_its_old_thread() -> None:
    earlier = after(await first(RATE))
    base = f"RATE = 19\n{FILLER}"
    mended = await review({**FILES, TAX: (base, f"RATE = 19\nOK = 1\n{FILLER}")}, scripted(finds()), earlier)
    assert [one.disposition.fate for one in mended.findings] == [Fate.FIXED]
    back = await review(FILES, scripted(finds(RATE)), after(mended))
    assert [one.disposition.fate for one in back.shown] == [
        Fate.POSTED
    ]  # reported and asked about: told once
    [fixed] = back.with_fate(Fate.FIXED)
    assert fixed.fingerprint != back.shown[0].fingerprint


async def test_what_is_like_a_dismissed_finding_of_the_repository_is_held_back_while_the_lesson_counts() -> (
    None
):
    [told] = (await first(RATE)).findings
    lesson = lesson_of(told, PullRequestRef("acme/shop", 7), "ana", "Meant so.", 100.0, 1)
    earlier = Earlier(lessons=(lesson,))
    for now, policy, fate in (
        (200.0, Policy(), Fate.SUPPRESSED),
        (200.0, Policy(learning=Learning(enabled=False)), Fate.POSTED),
        (100_000.0, Policy(), Fate.POSTED),
    ):
        made = replace(policy, suggestions=False)
        done = await review(FILES, scripted(finds(RATE)), earlier, made, clock=lambda now=now: now)
        assert [one.disposition.fate for one in done.findings] == [fate]


async def test_open_findings_take_no_place_of_new_comments() -> None:
    earlier = after(await first(GUARD, RATE))
    new = found(TAX, "LATE = 1", severity="low", claim="It is late.")
    done = await review(MORE, scripted(finds(new), refutes("confirmed")), earlier, Policy(max_comments=1))
    assert [one.disposition.fate for one in done.findings] == [Fate.POSTED, Fate.OPEN, Fate.OPEN]


async def test_a_file_with_lines_too_long_to_be_shown_is_asked_about_once_and_named_every_time() -> None:
    files: Versions = {**FILES, "data.py": (None, f"X = '{'x' * 3_000}'\n")}
    done = await first(files=files)
    assert [rest.path for rest in done.coverage.not_read] == ["data.py"]
    model = scripted()
    again = await review(files, model, after(done))
    assert (again.outcome, again.coverage.not_read) == (Outcome.PARTIAL, done.coverage.not_read)
    assert model.prompts == []
    failed = await review(files, scripted(Rule(error="unavailable")))
    assert failed.hunks == ()


async def test_what_cannot_be_read_is_named_by_every_review() -> None:
    change = change_with_renames(FILES)
    bare = (
        FileDiff("huge.py", FileStatus.MODIFIED, unread="too large"),
        FileDiff("logo.png", FileStatus.MODIFIED, is_binary=True),
        FileDiff("run.sh", FileStatus.MODE_CHANGED),
        FileDiff("new.py", FileStatus.RENAMED, old_path="old.py"),
    )
    change = replace(change, diff=replace(change.diff, files=(*change.diff.files, *bare)))
    engine = Engine(reader_of(FILES), finder=scripted(finds(), finds()))
    one = await review_change(change, Policy(), engine)
    other = await review_change(change, Policy(), engine, after(one))
    for done in (one, other):
        assert [rest.path for rest in done.coverage.not_read] == ["huge.py"]
        assert [rest.path for rest in done.coverage.excluded] == ["logo.png", "new.py", "run.sh"]
        assert done.outcome is Outcome.PARTIAL


async def test_a_changed_picture_is_shown_once() -> None:
    picture = FileDiff("cart.png", FileStatus.ADDED, is_binary=True)
    images = (Image("cart.png", "image/png", b"1"), Image("https://example.org/a.png", "image/png", b"2"))

    async def look(files: Versions, earlier: Earlier) -> tuple[Review, list[str]]:
        change = change_with_renames(files)
        diff = replace(change.diff, files=(*change.diff.files, picture))
        model = scripted(finds())
        engine = Engine(reader_of(files), finder=model, sees_images=True)
        done = await review_change(replace(change, diff=diff, images=images), Policy(), engine, earlier)
        return done, [image.name for prompt in model.prompts for image in prompt.images]

    done, shown = await look(FILES, Earlier())
    assert shown == ["cart.png", "https://example.org/a.png"]
    again, shown = await look(MORE, after(done))
    assert shown == ["https://example.org/a.png"]
    assert "cart.png" in again.coverage.earlier
    assert again.coverage.excluded == ()


@pytest.mark.parametrize("ruling", ["confirmed", "refuted"])
async def test_policy_without_cross_check_still_asks_whether_open_findings_hold(ruling: str) -> None:
    earlier = after(await first(RATE))
    done = await review(MORE, scripted(finds(), refutes(ruling)), earlier)
    assert [marked.disposition.fate is Fate.FIXED for marked in done.findings] == [ruling == "refuted"]


async def test_five_pushes_tell_each_of_three_findings_once() -> None:
    story = Story()
    orders, prices = (story.tree.head[f"shop/{name}.py"] for name in ("orders", "prices"))
    orders.insert(30, "total = broken_b1(total)")
    prices.insert(30, "total = broken_b2(total)")
    prices.remove("keep_l21(total)")
    told = await story.push()
    assert defects(told.findings, Fate.POSTED) == ["b1", "b2", "l21"]
    orders.insert(15, "drift = 1")
    drift = await story.push()
    assert drift.usage.calls <= 2  # one file is read, one finding in it perhaps asked about
    assert defects(drift.findings, Fate.OPEN) == ["b1", "b2", "l21"]
    story.tree.base["shop/paid.py"] = story.tree.base.pop("shop/orders.py")
    story.tree.head["shop/paid.py"] = story.tree.head.pop("shop/orders.py")
    story.tree.old_names["shop/paid.py"] = "shop/orders.py"
    for lines in (story.tree.base["shop/prices.py"], prices):
        assert lines is not None
        lines[:0] = ["upstream = 1"]
    rebased = await story.push()
    assert (rebased.usage.calls, defects(rebased.findings, Fate.OPEN)) == (0, ["b1", "b2", "l21"])
    prices.remove("total = broken_b2(total)")
    mended = await story.push()
    assert defects(mended.findings, Fate.FIXED) == ["b2"]
    assert defects(mended.findings, Fate.OPEN) == ["b1", "l21"]
    assert story.ledger is not None
    ledger = tuple(
        replace(one, disposition=Disposition(Fate.DISMISSED, "", "ana"))
        if "l21" in one.finding.claim and one.disposition.fate is Fate.OPEN
        else one
        for one in story.ledger.findings
    )
    story.ledger = replace(story.ledger, findings=ledger)
    prices.insert(24, "late = 1")
    last = await story.push()
    assert defects(last.findings, Fate.OPEN) == ["b1"]
    assert defects(last.findings, Fate.DISMISSED) == ["l21"]
    assert defects(last.findings, Fate.FIXED) == ["b2"]
    assert defects(last.findings, Fate.POSTED) == []
