from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace

import pytest

from bot.domain.finding import Disposition, Fate, MarkedFinding
from bot.domain.ledger import CLICKS, RESOLVED, THUMBS_DOWN, Ledger
from bot.domain.review import Coverage, Outcome, Review, Usage
from bot.github.standing import OwnText, Standing, Thread, ThumbDown
from bot.rendering.carried import carry_finding, carry_ledger
from bot.rendering.markers import MarkerKind, write_marker
from tests.support.reviews import LOST_GUARD, marked
from workers.recalling import MOST_ASKED, MOST_CARRIED, Recalled, ledger_after, of_this_head, recall

HEAD, NEXT = "a" * 40, "b" * 40
FOUND = replace(marked(LOST_GUARD), fingerprint="0123456789abcdef", since=HEAD)
WRITERS = {"wanda"}


def comment(number: int, found: MarkedFinding = FOUND, path: str | None = None) -> OwnText:
    body = f"{write_marker(MarkerKind.FINDING, fp=found.fingerprint)}\n{carry_finding(found)}"
    return OwnText(number, body, path or found.finding.path)


def thread(number: int, found: MarkedFinding = FOUND) -> Thread:
    return Thread(f"T{number}", f"C{number}", comment(number, found))


def summary(ledger: Ledger) -> OwnText:
    return OwnText(1, f"{carry_ledger(ledger)}\n{write_marker(MarkerKind.SUMMARY, head=HEAD)}")


def with_fate(fate: Fate, found: MarkedFinding = FOUND, reason: str = "", by: str = "") -> MarkedFinding:
    by_hand = fate is Fate.DISMISSED and reason in CLICKS
    return replace(found, disposition=Disposition(fate, reason, by, by_hand=by_hand))


def recalled(kept: Ledger | None, *threads: Thread, comments: tuple[OwnText, ...] = ()) -> Recalled:
    return looked(kept, *threads, comments=comments)[0]


def looked(
    kept: Ledger | None, *threads: Thread, comments: tuple[OwnText, ...] = (), known: Collection[str] = ()
) -> tuple[Recalled, list[str]]:
    """What is recalled, and who was asked about, in order; of those `known` GitHub has said no before."""
    asked: list[str] = []

    async def may_settle(login: str) -> bool:
        asked.append(login)
        return login in WRITERS

    standing = Standing(HEAD, True, (), threads, comments)
    found = asyncio.run(recall(kept, standing, may_settle, lambda logins: {*logins} & {*known}))
    assert len(asked) == len(set(asked))
    return found, asked


def test_without_redis_the_ledger_comes_from_the_summary_comment() -> None:
    ledger = Ledger(HEAD, 2, (replace(FOUND, comment_id=5),), frozenset({"aa-bb"}), Usage(3))
    assert recalled(None, thread(5), comments=(summary(ledger),)).ledger == ledger


def test_without_a_summary_the_findings_come_from_their_inline_comments() -> None:
    ledger = recalled(None, thread(5)).ledger
    assert ledger.open == (replace(FOUND, comment_id=5),)
    assert ledger.hunks == frozenset()


def test_the_newer_of_two_ledgers_counts() -> None:
    old, new = Ledger(HEAD, 2), Ledger(NEXT, 3)
    assert recalled(old, comments=(summary(new),)).ledger == new
    assert recalled(new, comments=(summary(old),)).ledger == new


def test_of_two_summaries_the_newer_one_counts_whichever_was_edited() -> None:
    old, new = Ledger(HEAD, 2), Ledger(NEXT, 3)
    assert recalled(None, comments=(summary(new), summary(old))).ledger == new


def test_a_posted_finding_is_found_again_by_its_fingerprint_and_file() -> None:
    other = replace(FOUND, finding=replace(LOST_GUARD, path="other.py"))
    ledger = recalled(Ledger(HEAD, 1, (FOUND, other)), thread(5, other), thread(6)).ledger
    assert [one.comment_id for one in ledger.findings] == [6, 5]


def test_a_finding_told_anew_belongs_to_its_new_comment() -> None:
    dismissed = replace(with_fate(Fate.DISMISSED), comment_id=5)
    ledger = recalled(Ledger(HEAD, 1, (dismissed, FOUND)), thread(5, dismissed), thread(6)).ledger
    assert [one.comment_id for one in ledger.findings] == [5, 6]


def test_a_deleted_comment_leaves_its_finding_open_without_a_thread() -> None:
    [found] = recalled(Ledger(HEAD, 1, (replace(FOUND, comment_id=5),))).ledger.open
    assert found.comment_id is None


def test_a_thread_that_github_calls_outdated_is_known_as_such() -> None:
    ledger = Ledger(HEAD, 1, (replace(FOUND, comment_id=5),))
    [found] = recalled(ledger, replace(thread(5), is_outdated=True)).ledger.open
    assert found.outdated
    assert not recalled(Ledger(HEAD, 1, (found,)), thread(5)).ledger.open[0].outdated


def test_what_a_comment_says_of_a_settled_finding_goes_before_the_ledger() -> None:
    dismissed = with_fate(Fate.DISMISSED, reason="meant so", by="wanda")
    ledger = recalled(Ledger(HEAD, 1, (replace(FOUND, comment_id=5),)), thread(5, dismissed)).ledger
    assert [one.disposition for one in ledger.findings] == [dismissed.disposition]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_resolved": True, "resolved_by": "wanda"}, RESOLVED),
        ({"thumbs_down": (ThumbDown("eve"), ThumbDown("wanda"))}, THUMBS_DOWN),
    ],
    ids=["resolved", "thumbs-down"],
)
def test_people_who_may_write_dismiss_by_hand(change: dict[str, object], reason: str) -> None:
    known = Ledger(HEAD, 1, (replace(FOUND, comment_id=5),))
    found = recalled(known, replace(thread(5), **change))  # type: ignore[arg-type]
    [one] = found.ledger.settled
    assert one.disposition == Disposition(Fate.DISMISSED, reason, "wanda", by_hand=True)
    assert found.by_hand == (one,)
    again = recalled(found.ledger, replace(thread(5), **change))  # type: ignore[arg-type]
    assert (again.ledger, again.by_hand) == (found.ledger, ())


@pytest.mark.parametrize(
    "change",
    [
        {"is_resolved": True, "resolved_by": "eve"},
        {"thumbs_down": (ThumbDown("eve"),)},
        {"is_resolved": True},
    ],
    ids=["resolved-by-a-reader", "reader-down", "resolved-by-us"],
)
def test_nobody_elses_hand_settles_anything(change: dict[str, object]) -> None:
    known = Ledger(HEAD, 1, (replace(FOUND, comment_id=5),))
    assert recalled(known, replace(thread(5), **change)).ledger == known  # type: ignore[arg-type]


def test_a_thread_that_is_opened_again_opens_its_finding() -> None:
    by_hand = replace(with_fate(Fate.DISMISSED, reason=RESOLVED, by="wanda"), comment_id=5)
    [found] = recalled(Ledger(HEAD, 1, (by_hand,)), thread(5)).ledger.open
    assert found.disposition == Disposition(Fate.OPEN)


@pytest.mark.parametrize(
    "change",
    [{"is_resolved": True, "resolved_by": "gone"}, {"thumbs_down": (ThumbDown("gone"),)}],
    ids=["click", "down"],
)
def test_what_somebody_settled_stays_so_after_that_person_has_left(change: dict[str, object]) -> None:
    by_hand = replace(with_fate(Fate.DISMISSED, reason=RESOLVED, by="gone"), comment_id=5)
    known = Ledger(HEAD, 1, (by_hand,))
    assert recalled(known, replace(thread(5), **change)) == Recalled(known)  # type: ignore[arg-type]


def test_what_was_taken_back_is_told_apart() -> None:
    by_hand = replace(with_fate(Fate.DISMISSED, reason=RESOLVED, by="wanda"), comment_id=5)
    found = recalled(Ledger(HEAD, 1, (by_hand,)), thread(5))
    assert found.reopened == found.ledger.open


def down(*hands: tuple[str, int], number: int = 5) -> Thread:
    """A thread with 👎, each given on a day of a month."""
    thumbs = tuple(ThumbDown(login, f"2026-05-{day:02}T00:00:00Z") for login, day in hands)
    return replace(thread(number), thumbs_down=thumbs)


def test_of_very_many_people_those_who_did_something_first_are_asked_about_in_whichever_thread() -> None:
    crowd = [(f"sock-{number:02}", 9) for number in range(2 * MOST_ASKED)]
    threads = [down(*crowd[:MOST_ASKED]), down(("wanda", 8), *crowd[MOST_ASKED:], number=6)]
    threads = [replace(threads[0], is_resolved=True, resolved_by="dev"), threads[1]]
    known = Ledger(HEAD, 1, (replace(FOUND, comment_id=5), replace(FOUND, comment_id=6)))
    found, asked = looked(known, *threads)
    assert asked == ["dev", "wanda", *(login for login, _ in crowd[: MOST_ASKED - 2])]
    assert [one.comment_id for one in found.by_hand] == [6]
    assert found.unasked == 2 * MOST_ASKED + 2 - MOST_ASKED
    assert "What 32 people did in threads was not looked at" in found.notices[0]


def test_about_strangers_nobody_is_asked_again_and_those_behind_them_have_their_turn() -> None:
    crowd = [(f"sock-{number:02}", 1) for number in range(MOST_ASKED)]
    known = Ledger(HEAD, 1, (replace(FOUND, comment_id=5),))
    first, asked = looked(known, down(*crowd, ("wanda", 2)))
    assert (first.by_hand, first.unasked, len(asked)) == ((), 1, MOST_ASKED)
    second, asked = looked(known, down(*crowd, ("wanda", 2)), known=asked)
    assert ([one.disposition.by for one in second.by_hand], asked) == (["wanda"], ["wanda"])
    assert second.notices == ()


def test_a_hand_of_which_github_would_not_speak_does_not_count_and_is_said_to() -> None:
    known = Ledger(HEAD, 1, (replace(FOUND, comment_id=5),))

    async def may_settle(login: str) -> bool | None:
        return None if login == "wanda" else False

    standing = Standing(HEAD, True, (), (down(("eve", 1), ("wanda", 2)),), ())
    found = asyncio.run(recall(known, standing, may_settle))
    assert (found.ledger, found.by_hand) == (known, ())
    assert [notice[:48] for notice in found.notices] == ["What one person did in threads does not count ye"]


def test_about_a_finding_that_stays_settled_nobody_is_asked() -> None:
    settled = replace(with_fate(Fate.DISMISSED, reason=THUMBS_DOWN, by="wanda"), comment_id=5)
    fixed = replace(with_fate(Fate.FIXED), comment_id=6)
    threads = [down(("eve", 1), ("wanda", 2)), down(("eve", 1), number=6)]
    assert looked(Ledger(HEAD, 1, (settled, fixed)), *threads)[1] == []
    assert looked(Ledger(HEAD, 1, (settled, fixed)), down(("eve", 1)), threads[1])[1] == ["eve"]


def test_a_dismissal_in_words_goes_before_one_by_hand() -> None:
    by_hand = replace(with_fate(Fate.DISMISSED, reason=THUMBS_DOWN, by="wanda"), comment_id=5)
    said = with_fate(Fate.DISMISSED, reason="meant so", by="otto")
    assert recalled(Ledger(HEAD, 1, (by_hand,)), thread(5, said)).ledger.open == ()


@pytest.mark.parametrize("words", CLICKS)
def test_a_command_in_the_words_of_a_click_stays_a_command(words: str) -> None:
    said = replace(FOUND, comment_id=5, disposition=Disposition(Fate.DISMISSED, words, "wanda"))
    known = Ledger(HEAD, 1, (said,))
    assert recalled(known, thread(5, said)) == Recalled(known)
    by_hand = replace(with_fate(Fate.DISMISSED, reason=words, by="wanda"), comment_id=5)
    assert recalled(Ledger(HEAD, 1, (by_hand,)), thread(5, said)).ledger == known


def test_a_command_that_dismissed_counts_where_we_may_not_resolve_threads() -> None:
    dismissed = replace(with_fate(Fate.DISMISSED, reason="meant so", by="wanda"), comment_id=5)
    known = Ledger(HEAD, 1, (dismissed,))
    assert recalled(known, thread(5, dismissed)).ledger == known


def shared(*threads: Thread, comments: tuple[OwnText, ...] = ()) -> Recalled:
    """What is recalled where every workflow of the repository writes as we do."""

    async def may_settle(login: str) -> bool:
        return login in WRITERS

    standing = Standing(HEAD, True, (), threads, comments, is_shared=True)
    return asyncio.run(recall(None, standing, may_settle))


def test_of_a_shared_account_no_comment_says_what_was_read_or_found() -> None:
    told = Ledger(HEAD, 9, (replace(FOUND, comment_id=5),), frozenset({"aa-bb"}), Usage(3))
    assert shared(comments=(summary(told),)).ledger == Ledger()


@pytest.mark.parametrize("fate", [Fate.FIXED, Fate.DISMISSED, Fate.WITHDRAWN, Fate.POSTED])
def test_of_a_shared_account_a_thread_tells_its_finding_and_not_that_it_is_settled(fate: Fate) -> None:
    carried = with_fate(fate, reason="said in the comment", by="wanda")
    found = shared(thread(5, carried))
    assert found.ledger.open == (replace(FOUND, comment_id=5, disposition=Disposition(Fate.OPEN)),)
    assert found.earlier().doubted


def test_of_a_shared_account_what_people_do_in_a_thread_counts() -> None:
    [one] = shared(replace(thread(5), is_resolved=True, resolved_by="wanda")).ledger.settled
    assert (one.disposition.by, one.disposition.by_hand) == ("wanda", True)


def test_our_own_account_is_believed() -> None:
    assert not recalled(None, thread(5)).earlier().doubted


def review(*findings: MarkedFinding, head: str = NEXT, read: tuple[str, ...] = ("a.py",)) -> Review:
    return Review(Outcome.COMPLETED, head, "static", findings, Coverage(read), Usage(1), hunks=("aa-bb",))


def test_a_ledger_keeps_what_was_told_settled_and_held_back_and_adds_up_usage() -> None:
    fates = [Fate.POSTED, Fate.OPEN, Fate.FIXED, Fate.SUPPRESSED, Fate.UNSUPPORTED, Fate.DUPLICATE]
    before = Ledger(HEAD, 1, usage=Usage(2))
    after = ledger_after(review(*(with_fate(fate, replace(FOUND, since="")) for fate in fates)), before)
    kept = [(one.disposition.fate, one.since) for one in after.findings]
    assert kept == [(Fate.POSTED, NEXT), (Fate.OPEN, NEXT), (Fate.FIXED, ""), (Fate.SUPPRESSED, NEXT)]
    assert (after.round, after.head_sha, after.hunks, after.usage) == (
        2,
        NEXT,
        frozenset({"aa-bb"}),
        Usage(3),
    )


@pytest.mark.parametrize("fate", [Fate.SUPPRESSED, Fate.PRE_EXISTING])
def test_however_much_is_held_back_what_was_refuted_is_remembered(fate: Fate) -> None:
    def many(fate: Fate, number: int, first: int = 0) -> list[MarkedFinding]:
        return [replace(with_fate(fate), fingerprint=f"{first + n:016x}") for n in range(number)]

    found = review(*many(fate, MOST_CARRIED + 9), *many(Fate.REFUTED, 2, 1000))
    kept = ledger_after(replace(found, held=tuple(many(Fate.REFUTED, MOST_CARRIED, 2000))), Ledger()).held
    refuted = [one.fingerprint for one in kept if one.disposition.fate is Fate.REFUTED]
    assert (len(kept), len(refuted)) == (2 * MOST_CARRIED, MOST_CARRIED)
    assert refuted[:3] == [f"{n:016x}" for n in (1000, 1001, 2000)]


def test_what_was_told_at_this_commit_is_its_news_and_what_was_told_before_is_still_open() -> None:
    fates = [(HEAD, FOUND), (NEXT, FOUND), (NEXT, replace(FOUND, anchor=None))]
    open_ = [replace(with_fate(Fate.OPEN, one, "why"), since=since) for since, one in fates]
    done = of_this_head(replace(review(*open_, with_fate(Fate.FIXED)), since=NEXT), Ledger(NEXT, 1))
    assert [one.disposition.fate for one in done.findings] == [
        Fate.OPEN,
        Fate.POSTED,
        Fate.UNANCHORED,
        Fate.FIXED,
    ]
    assert done.findings[1].disposition.reason == "why"
    assert done.since == ""
    assert of_this_head(replace(review(), since=HEAD), Ledger()).since == HEAD


def test_what_was_over_the_comment_limit_at_this_commit_still_is() -> None:
    folded = replace(with_fate(Fate.FOLDED, reason="more comments than 1"), since=NEXT)
    again = with_fate(Fate.OPEN, folded)
    assert of_this_head(review(again), Ledger(NEXT, 1, (folded,))).findings == (folded,)


def test_a_review_that_is_posted_once_more_counts_once() -> None:
    before = Ledger(HEAD, 1, usage=Usage(2))
    after = ledger_after(review(), before, "d-1")
    assert (after.round, after.usage) == (2, Usage(3))
    assert ledger_after(review(), after, "d-1") == after


def test_further_tries_of_a_request_are_one_round_and_their_usage_counts_once() -> None:
    first = ledger_after(review(), Ledger(HEAD, 1, usage=Usage(2)), "d-1")
    click = ledger_after(replace(review(read=()), usage=Usage()), first, "d-2")
    both = replace(review(), usage=Usage(5))  # of the first try, and of the second
    second = ledger_after(both, click, "d-1")
    assert (second.round, second.usage) == (2, Usage(7))


@pytest.mark.parametrize(("delivery", "head"), [("d-2", NEXT), ("d-1", "c" * 40), ("", NEXT)])
def test_another_request_or_commit_is_another_round(delivery: str, head: str) -> None:
    first = ledger_after(review(), Ledger(HEAD, 1, usage=Usage(2)), "d-1")
    second = ledger_after(review(head=head), first, delivery)
    assert (second.round, second.usage, second.counted) == (3, Usage(4), delivery)
    assert ledger_after(review(), ledger_after(review(), Ledger()), "").round == 2


def test_taking_note_of_a_settled_finding_is_no_round() -> None:
    before = Ledger(HEAD, 3)
    assert ledger_after(review(head=HEAD, read=()), before).round == 3
    assert ledger_after(review(head=NEXT, read=()), before).round == 4


def test_a_look_that_reads_nothing_more_of_a_commit_still_tells_what_its_review_used() -> None:
    before = ledger_after(replace(review(), usage=Usage(5, 9, 4, 2, 0.5)), Ledger(HEAD, 1, usage=Usage(2)))
    again = replace(review(read=()), usage=Usage())
    assert of_this_head(again, before).used_before == Usage(5, 9, 4, 2, 0.5)
    assert of_this_head(replace(again, head_sha="c" * 40), before).used_before == Usage()
    assert of_this_head(review(), before).used_before == Usage()
    clicked = ledger_after(of_this_head(again, before), before)
    assert (clicked.usage, clicked.used_before) == (before.usage, before.used_before)


def test_what_a_review_used_is_not_known_in_dollars_where_a_sum_is_not() -> None:
    before = ledger_after(replace(review(), usage=Usage(1, cost_usd=None)), Ledger())
    used = of_this_head(replace(review(read=()), usage=Usage()), before).used_before
    assert (used.calls, used.cost_usd) == (1, None)
