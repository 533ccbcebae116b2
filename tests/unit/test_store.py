from __future__ import annotations

import dataclasses
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis

from bot.domain.diff import Anchor, Side
from bot.domain.finding import (
    Category,
    Disposition,
    Fate,
    Finding,
    LineRange,
    MarkedFinding,
    Ruling,
    Severity,
    Verdict,
)
from bot.domain.policy import MayCommand
from bot.domain.pull_request import PullRequestRef
from bot.domain.review import Coverage, Excluded, NotRead, Outcome, Review, Usage
from bot.errors import QueueUnavailable
from bot.redis_access import connect_once
from bot.store import KeptResult, OpenCheck, RunRecord, Store, count_fates, decode_kept, encode_kept

HEAD = PullRequestRef("octo/shop", 7, "a" * 40)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SMALL = st.integers(0, 10_000)
NUMBERS = st.floats(0, 1, allow_nan=False)
LINES = st.builds(LineRange, SMALL, SMALL, st.sampled_from(Side))
FINDINGS = st.builds(
    Finding,
    TEXT,
    st.none() | LINES,
    TEXT,
    st.sampled_from(Category),
    st.sampled_from(Severity),
    NUMBERS,
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    st.none() | TEXT,
)
MARKED = st.builds(
    MarkedFinding,
    FINDINGS,
    st.builds(Disposition, st.sampled_from(Fate), TEXT),
    TEXT,
    st.lists(st.builds(Verdict, st.sampled_from(Ruling), TEXT, TEXT, st.booleans()), max_size=2).map(tuple),
    st.none() | st.builds(Anchor, TEXT, st.sampled_from(Side), SMALL, st.none() | SMALL),
)
COVERAGE = st.builds(
    Coverage,
    st.lists(TEXT, max_size=2).map(tuple),
    st.lists(st.builds(Excluded, TEXT, TEXT), max_size=2).map(tuple),
    st.lists(st.builds(NotRead, TEXT, TEXT), max_size=2).map(tuple),
)
REVIEWS = st.builds(
    Review,
    st.sampled_from(Outcome),
    TEXT,
    TEXT,
    st.lists(MARKED, max_size=2).map(tuple),
    COVERAGE,
    st.builds(Usage, SMALL, SMALL, SMALL, SMALL, st.none() | NUMBERS),
    st.none() | TEXT,
    TEXT,
    st.lists(TEXT, max_size=2).map(tuple),
)


@pytest.fixture
def store(redis: Redis) -> Store:
    return Store(redis)


@settings(deadline=None, max_examples=60)
@given(REVIEWS)
def test_a_review_survives_redis(review: Review) -> None:
    kept = KeptResult(review, "d1", 1, told=True)
    assert decode_kept(encode_kept(kept)) == kept


def test_a_path_that_is_no_utf8_survives_redis() -> None:
    review = Review(Outcome.COMPLETED, "a" * 40, "static", coverage=Coverage(("caf\udce9.py",)))
    kept = decode_kept(encode_kept(KeptResult(review, "d1")))
    assert kept is not None
    assert kept.review == review


def test_a_result_that_an_earlier_release_kept_is_still_read() -> None:
    kept = KeptResult(_review(), "d1")
    assert kept.review.findings
    earlier = json.loads(encode_kept(kept))
    for marked in earlier["kept"]["review"]["findings"]:
        del marked["backed_by"], marked["finding"]["fix_words"]
    assert decode_kept(json.dumps(earlier).encode()) == kept


def test_a_result_of_another_release_is_made_again() -> None:
    kept = KeptResult(_review(), "d1")
    text = encode_kept(kept)
    assert decode_kept(text) == kept
    assert decode_kept(text.replace(b'"version": 1', b'"version": 2')) is None
    assert decode_kept(text[:-3]) is None
    later = json.loads(text)
    later["kept"]["review"]["mood"] = "sunny"
    assert decode_kept(json.dumps(later).encode()) == kept


def test_a_result_is_for_its_head_and_its_request_until_that_is_settled(store: Store, redis: Redis) -> None:
    kept = KeptResult(_review(), "d1")
    store.keep_result(HEAD, kept)
    assert store.result(HEAD, "d1") == kept
    assert store.result(HEAD, "d2") is None
    assert store.result(PullRequestRef("octo/shop", 7, "b" * 40), "d1") is None
    (key,) = redis.keys("*")
    assert 0 < redis.ttl(key) <= 86_400
    store.settle(HEAD, "d1")
    assert store.result(HEAD, "d1") is None
    assert store.settled_by(HEAD) == "d1"
    store.unsettle(HEAD)
    assert store.settled_by(HEAD) is None


def test_more_is_awaited_of_a_review_that_may_be_completed_until_its_request_is_settled(store: Store) -> None:
    assert not store.awaits_more(HEAD)
    store.keep_result(HEAD, KeptResult(_review(), "d1", told=True))
    assert not store.awaits_more(HEAD)
    store.keep_result(HEAD, KeptResult(dataclasses.replace(_review(), retryable=True), "d1", told=True))
    assert store.awaits_more(HEAD)
    assert not store.awaits_more(PullRequestRef("octo/shop", 7, "b" * 40))
    store.settle(HEAD, "d2")
    assert not store.awaits_more(HEAD)


def test_an_open_check_is_found_from_any_head_of_its_pull_request(store: Store) -> None:
    check = OpenCheck(HEAD, 12)
    store.open_check(check)
    assert store.opened_check(PullRequestRef("octo/shop", 7, "b" * 40)) == check
    assert store.opened_check(PullRequestRef("octo/shop", 8)) is None
    store.close_check(HEAD)
    assert store.opened_check(HEAD) is None


def test_a_pause_is_of_one_installation(store: Store) -> None:
    store.pause(5, time.time() + 60)
    assert store.paused_until(5) > time.time() + 50
    assert store.paused_until(6) == 0


def test_doubts_are_counted_for_each_request_and_forgotten_after_a_day(store: Store, redis: Redis) -> None:
    assert [store.count_doubt(HEAD, "d-1") for _ in range(3)] == [1, 2, 3]
    assert store.count_doubt(HEAD, "d-2") == 1
    assert [0 < redis.ttl(key) <= 86_400 for key in redis.keys("*")] == [True, True]


def test_an_intent_without_an_answer_is_known_as_such(store: Store) -> None:
    assert store.lookup(HEAD, "review") is None
    store.intend(HEAD, "review")
    intent = store.lookup(HEAD, "review")
    assert intent is not None
    assert intent.id is None
    assert store.lookup(HEAD, "check") is None


def test_an_id_is_remembered_also_when_the_write_is_set_out_for_again(store: Store) -> None:
    store.intend(HEAD, "summary")
    store.done(HEAD, "summary", 991)
    store.intend(HEAD, "summary")
    intent = store.lookup(HEAD, "summary")
    assert intent is not None
    assert intent.id == 991


def test_intents_are_forgotten_after_a_month(store: Store, redis: Redis) -> None:
    store.done(HEAD, "check", 5)
    (key,) = redis.keys("*")
    assert 0 < redis.ttl(key) <= 30 * 86_400


def test_what_names_no_head_cannot_be_stored(store: Store) -> None:
    with pytest.raises(ValueError, match="head commit"):
        store.intend(PullRequestRef("octo/shop", 7), "check")


def test_records_come_newest_first_and_are_capped(store: Store) -> None:
    for number in range(1, 504):
        store.record(_record("octo/shop", number))
    store.record(_record("octo/bar", 1, at=1.8e9 + 10))
    assert [record.number for record in store.records("octo/shop", 2)] == [503, 502]
    assert len(store.records("octo/shop", 1000)) == 500
    assert store.repos() == ("octo/bar", "octo/shop")
    assert store.records("octo/none") == ()


def test_fates_are_counted_by_name() -> None:
    assert count_fates(_review()) == {"posted": 1}


def test_an_absent_redis_is_reported_as_ours() -> None:
    with connect_once("unix:///nonexistent/socket") as redis, pytest.raises(QueueUnavailable):
        Store(redis).settled_by(HEAD)


def _record(repo: str, number: int, at: float = 1.8e9) -> RunRecord:
    return RunRecord(
        repo, number, "a" * 40, Outcome.COMPLETED, "static", at, 1.5, {"posted": 1}, 3, 0, 0, Usage()
    )


def _review() -> Review:
    finding = Finding(
        "a.py",
        LineRange(3, 4),
        "x = 1",
        Category.BOUNDARY,
        Severity.HIGH,
        0.7,
        "claim",
        "trigger",
        "so",
        "static",
    )
    marked = MarkedFinding(
        finding, Disposition(Fate.POSTED), "0" * 16, anchor=Anchor("a.py", Side.RIGHT, 4, 3)
    )
    return Review(Outcome.COMPLETED, "a" * 40, "static", (marked,), Coverage(("a.py",)))


def test_what_the_tries_of_a_request_used_is_added_up(store: Store, redis: Redis) -> None:
    assert store.usage(HEAD, "d1") == Usage()
    store.add_usage(HEAD, "d1", Usage(1, 100, 10, 5, 0.5))
    store.add_usage(HEAD, "d1", Usage(1, 100, 10, 5, 0.25))
    assert store.usage(HEAD, "d1") == Usage(2, 200, 20, 10, 0.75)
    assert store.usage(HEAD, "d2") == Usage()
    store.add_usage(HEAD, "d2", Usage(1, 1, 0, 1, None))
    assert store.usage(HEAD, "d2").cost_usd is None
    (key,) = redis.keys("*")
    assert 0 < redis.ttl(key) <= 86_400


def test_a_stranger_is_one_to_a_repository_and_a_permission_for_a_day(store: Store, redis: Redis) -> None:
    store.note_stranger("octo/shop", "eve", MayCommand.WRITE)
    assert store.strangers("Octo/Shop", ("Eve", "wanda"), MayCommand.WRITE) == {"Eve"}
    assert store.strangers("octo/shop", ("eve",), MayCommand.ADMIN) == set()
    assert store.strangers("octo/other", ("eve",), MayCommand.WRITE) == set()
    assert store.strangers("octo/shop", (), MayCommand.WRITE) == set()
    (key,) = redis.keys("*")
    assert 0 < redis.ttl(key) <= 86_400


def _spoil(redis: Redis, text: bytes = b'{"shape": "of another release"}') -> None:
    """What is kept is now in a form that nobody here wrote."""
    for key in redis.keys("*"):
        match redis.type(key):
            case b"hash":
                redis.hset(key, mapping=dict.fromkeys(redis.hkeys(key), text))
            case b"list":
                redis.lset(key, 0, text)
            case b"string":
                redis.set(key, text, keepttl=True)


@pytest.mark.parametrize("text", [b'{"shape": "of another release"}', b"\xff", b"[" * 5_000, b""])
def test_an_intent_that_cannot_be_read_may_have_been_carried_out(
    store: Store, redis: Redis, text: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    store.done(HEAD, "check", 5)
    _spoil(redis, text)
    intent = store.lookup(HEAD, "check")
    assert intent is not None
    assert intent.id is None
    store.intend(HEAD, "check")
    assert len(caplog.records) == 1
    assert "Intent cannot be read" in caplog.text
    assert "another release" not in caplog.text


def test_what_was_intended_without_being_readable_is_replaced_once_it_is_done(
    store: Store, redis: Redis
) -> None:
    store.intend(HEAD, "check")
    _spoil(redis)
    store.done(HEAD, "check", 6)
    intent = store.lookup(HEAD, "check")
    assert intent is not None
    assert intent.id == 6


def test_an_open_check_that_cannot_be_read_counts_as_none(store: Store, redis: Redis) -> None:
    store.open_check(OpenCheck(HEAD, 12))
    _spoil(redis)
    assert store.opened_check(HEAD) is None


def test_spending_that_cannot_be_read_may_have_been_everything(store: Store, redis: Redis) -> None:
    store.add_usage(HEAD, "d1", Usage(1, 100, 10, 5, 0.5))
    _spoil(redis, b'["d1", {"cost_usd": "half a dollar"}]')
    spent = store.usage(HEAD, "d1")
    assert spent.cost_usd is not None
    assert min(spent.cost_usd, spent.prompt_tokens) > 1_000_000
    store.add_usage(HEAD, "d1", Usage(1, 1, 0, 1, 0.1))
    assert store.usage(HEAD, "d1") == spent + Usage(1, 1, 0, 1, 0.1)


def test_spending_that_cannot_be_read_stops_no_other_request(store: Store, redis: Redis) -> None:
    store.add_usage(HEAD, "d1", Usage(1, 100, 10, 5, 0.5))
    _spoil(redis, b'["d1", {"cost_usd": "half a dollar"}]')
    assert store.usage(HEAD, "d2") == Usage()
    _spoil(redis)
    assert store.usage(HEAD, "d2") != Usage()
    store.add_usage(HEAD, "d2", Usage())
    assert store.usage(HEAD, "d3") == Usage()


def test_a_run_that_cannot_be_read_hides_no_other(store: Store, redis: Redis) -> None:
    store.record(_record("octo/shop", 1))
    store.record(_record("octo/shop", 2))
    _spoil(redis)
    assert [record.number for record in store.records("octo/shop")] == [1]
