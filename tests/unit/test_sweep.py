from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from bot.errors import AppKeyUnusable
from bot.github.deliveries import KEPT_SECONDS, Delivery
from bot.github.events import Ignored, parse_event
from bot.sandbox.journal import Fault
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import App
from bot.sandbox.state import Delivery as Sent
from bot.settings import load_settings
from bot.store.sweeps import Sweeps
from tests.support.sandbox import private_key
from workers.sweep import (
    EVENTS,
    LEAST_AGE,
    MOST_A_PASS,
    MOST_ASKS,
    ON_PURPOSE,
    WAITS,
    choose,
    sweep,
    sweep_in_turn,
)

NOW = 1_800_000_000.0
_ids = count(1)


def attempt(
    guid: str, age: float, status: int = 503, event: str = "pull_request", *, again: bool = False
) -> Delivery:
    """One that was made so many seconds ago."""
    return Delivery(next(_ids), guid, datetime.fromtimestamp(NOW - age, UTC), status, event, None, again)


def asked_for(*attempts: Delivery, asked: dict[str, int] | None = None, patient: bool = True) -> list[str]:
    return [one.guid for one in choose(attempts, asked or {}, NOW, patient=patient).again]


ATTEMPTS = st.lists(
    st.builds(
        attempt,
        st.sampled_from([f"g{number}" for number in range(4)]),
        st.floats(0, KEPT_SECONDS * 1.2),
        st.sampled_from([0, 200, 202, 401, 404, 413, 415, 500, 502, 503]),
        st.sampled_from([*sorted(EVENTS), "push", "ping", "installation"]),
        again=st.booleans(),
    ),
    max_size=12,
)
ASKED = st.dictionaries(st.sampled_from([f"g{number}" for number in range(4)]), st.integers(1, MOST_ASKS + 1))


@given(attempts=ATTEMPTS, asked=ASKED, patient=st.booleans())
def test_whatever_is_listed_nothing_is_asked_for_against_a_rule(
    attempts: list[Delivery], asked: dict[str, int], patient: bool
) -> None:
    choice = choose(attempts, asked, NOW, patient=patient)
    for one in choice.again:
        of_event = [other for other in attempts if other.guid == one.guid and other.event in EVENTS]
        assert not any(other.was_taken for other in of_event)
        assert one == max(of_event, key=lambda other: (other.at, other.id))
        assert NOW - one.at >= LEAST_AGE
        assert NOW - min(other.at for other in of_event) < KEPT_SECONDS
        assert one.status_code not in ON_PURPOSE
        assert asked.get(one.guid, 0) < MOST_ASKS
        assert choice.since <= min(other.at for other in of_event)
    guids = [one.guid for one in choice.again]
    assert len(guids) == len(set(guids)) <= MOST_A_PASS
    assert not set(guids) & {one.guid for one in choice.given_up}
    lost = {one.guid for one in attempts if one.event in EVENTS and NOW - one.at < LEAST_AGE}
    taken = {one.guid for one in attempts if one.was_taken or one.redelivery}
    told = len(guids) + choice.held + choice.waiting + len(choice.given_up)
    assert told >= len(lost - taken)
    assert choice == choose(attempts[::-1], asked, NOW, patient=patient)


def test_what_was_lost_is_asked_for_by_its_last_attempt_the_oldest_first() -> None:
    ok = attempt("ok", 61, 202)
    attempts = [ok, attempt("b", 300), attempt("a", 400), attempt("a", 200, again=True)]
    again = choose(attempts, {}, NOW).again
    assert [(one.guid, NOW - one.at) for one in again] == [("a", 200), ("b", 300)]


def test_what_was_accepted_at_last_is_not_asked_for() -> None:
    assert asked_for(attempt("a", 900), attempt("a", 600, 202, again=True)) == []
    assert asked_for(attempt("a", 900, 202), attempt("a", 600, 503, again=True)) == []


def test_what_may_still_be_under_way_is_left_alone() -> None:
    assert asked_for(attempt("a", LEAST_AGE - 1, 0)) == []
    assert asked_for(attempt("a", LEAST_AGE, 0)) == ["a"]
    assert asked_for(attempt("a", LEAST_AGE - 1), patient=False) == []


@pytest.mark.parametrize("patient", [False, True])
def test_what_was_not_accepted_and_is_not_due_yet_is_counted(patient: bool) -> None:
    attempts = [attempt("a", LEAST_AGE - 1), attempt("b", 10, 401), attempt("c", 10, 202), attempt("d", 300)]
    choice = choose(attempts, {}, NOW, patient=patient)
    assert ([one.guid for one in choice.again], choice.waiting) == (["d"], 1)


@pytest.mark.parametrize("status", sorted(ON_PURPOSE))
def test_what_our_receiver_refused_on_purpose_is_given_up(status: int) -> None:
    choice = choose([attempt("a", 900, 503), attempt("a", 600, status, again=True)], {"a": 1}, NOW)
    assert (choice.again, [one.guid for one in choice.given_up]) == ((), ["a"])


def test_what_was_asked_for_three_times_is_given_up() -> None:
    lost = [attempt("a", 999_99), attempt("a", 80_000, again=True)]
    assert asked_for(*lost, asked={"a": MOST_ASKS - 1}) == ["a"]
    choice = choose(lost, {"a": MOST_ASKS}, NOW)
    assert (choice.again, [one.guid for one in choice.given_up]) == ((), ["a"])


def test_while_the_last_attempt_of_all_failed_one_is_asked_for_as_a_probe() -> None:
    lost = [attempt("a", 900), attempt("b", 800), attempt("c", 700)]
    choice = choose(lost, {}, NOW)
    assert ([one.guid for one in choice.again], choice.held) == (["a"], 2)
    assert asked_for(*lost, attempt("a", 120, again=True), asked={"a": 1}) == ["b"]
    assert asked_for(*lost, attempt("a", 120, 202, again=True), asked={"a": 1}) == ["b", "c"]
    assert asked_for(*lost, patient=False) == ["a", "b", "c"]


def test_the_receivers_own_refusal_shows_that_the_way_is_open() -> None:
    assert asked_for(attempt("a", 900), attempt("b", 800), attempt("c", 70, 401)) == ["a", "b"]


@pytest.mark.parametrize("asks", range(1, MOST_ASKS))
def test_one_that_fails_again_and_again_waits_longer_unless_something_was_accepted_since(asks: int) -> None:
    def lost(age: float) -> tuple[Delivery, Delivery]:
        return attempt("a", 200_000), attempt("a", age, again=True)

    assert asked_for(*lost(WAITS[asks] - 1), asked={"a": asks}) == []
    assert asked_for(*lost(WAITS[asks]), asked={"a": asks}) == ["a"]
    assert asked_for(*lost(120), attempt("x", 100, 202), asked={"a": asks}) == ["a"]
    assert asked_for(*lost(120), attempt("x", 140, 202), asked={"a": asks}) == []
    assert asked_for(*lost(120), asked={"a": asks}, patient=False) == ["a"]


def test_more_than_fit_into_a_pass_wait_for_the_next_one() -> None:
    lost = [attempt(f"g{number}", 9000 - number) for number in range(MOST_A_PASS + 7)]
    choice = choose([*lost, attempt("ok", 61, 202)], {}, NOW)
    assert [one.guid for one in choice.again] == [f"g{number}" for number in range(MOST_A_PASS)]
    assert choice.held == 7


def test_a_repetition_that_a_person_asked_for_is_theirs() -> None:
    assert asked_for(attempt("a", 900, again=True)) == []
    assert asked_for(attempt("a", 5000, again=True), asked={"a": 1}) == ["a"]


def test_the_log_need_not_be_read_again_before_what_is_settled() -> None:
    settled = [attempt("a", 9000, 202), attempt("b", 8000, 401), attempt("c", 7000)]
    assert choose(settled, {"c": 3}, NOW).since == NOW - 900
    assert choose([*settled, attempt("d", 5000)], {"c": 3}, NOW).since == NOW - 5000


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_event_that_is_asked_for_is_one_that_the_receiver_uses(event: str) -> None:
    told = parse_event(event, b"{}", "d")
    assert isinstance(told, Ignored)
    assert "not used" not in told.reason


class Hub:
    """GitHub with an App that nobody receives anything of."""

    def __init__(self, sandbox: Sandbox, url: str) -> None:
        self.sandbox = sandbox
        self.app: App = sandbox.create_app(private_key=private_key())
        self.values = {
            "AI_REVIEW_GITHUB_APP_ID": str(self.app.id),
            "AI_REVIEW_GITHUB_PRIVATE_KEY": self.app.private_key,
            "AI_REVIEW_GITHUB_API_URL": url,
        }
        self.settings = load_settings(self.values)

    def lost(self, guid: str, age: float = 300.0, status: int = 503, event: str = "pull_request") -> Sent:
        sent = Sent(
            next(_ids), guid, self.app, event, None, json.dumps({}).encode(), None, None,
            created_at=time.time() - age, status_code=status, is_done=True,
        )  # fmt: skip
        self.sandbox.deliveries.append(sent)
        return sent

    def again(self) -> list[str]:
        """What was asked for."""
        return [one.guid for one in self.sandbox.deliveries if one.redelivery]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    sandbox = Sandbox(tmp_path / "github")
    with sandbox.serve() as server:
        yield Hub(sandbox, server.url)


def test_a_pass_asks_for_what_was_lost_and_counts_it(hub: Hub, redis: Redis) -> None:
    hub.lost("a")
    hub.lost("b", 200)
    hub.lost("ok", 100, 202)
    sweeps = Sweeps(redis)
    swept = sweep(hub.settings, sweeps)
    assert swept is not None
    assert [one.guid for one in swept.again] == hub.again() == ["a", "b"]
    assert sweeps.asked(["a", "b", "ok"]) == {"a": 1, "b": 1}
    assert 0 < redis.ttl(redis.keys("ai-review:sweep:asked:*")[0]) <= 8 * 86_400
    assert sweeps.since() == pytest.approx(time.time() - 900, abs=60)


def test_while_one_sweeps_no_other_does(hub: Hub, redis: Redis) -> None:
    hub.lost("a")
    sweeps = Sweeps(redis)
    with sweeps.lock() as held:
        assert held
        assert sweep(hub.settings, sweeps) is None
    assert hub.again() == []
    assert sweep(hub.settings, sweeps) is not None
    assert redis.exists("ai-review:sweep:lock") == 0


def test_a_fleet_takes_turns_and_comes_back_sooner_where_more_waits(hub: Hub, redis: Redis) -> None:
    hub.lost("a")
    sweep_in_turn(hub.settings, redis)
    hub.lost("b")
    sweep_in_turn(hub.settings, redis)
    assert hub.again() == ["a"]
    assert 200 < redis.ttl("ai-review:sweep:turn") <= 290
    redis.delete("ai-review:sweep:turn")
    hub.lost("c")
    sweep_in_turn(hub.settings, redis)
    assert 0 < redis.ttl("ai-review:sweep:turn") <= 60


def test_what_is_given_up_is_told_once(hub: Hub, redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    hub.lost("a", status=401)
    for _ in range(2):
        redis.delete("ai-review:sweep:turn")
        sweep_in_turn(hub.settings, redis)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "Delivery given up: nothing asks for it again"
    ]


def test_a_github_that_fails_is_one_line_and_what_it_did_before_counts(
    hub: Hub, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    hub.lost("a")
    hub.lost("b", 200)
    hub.lost("ok", 100, 202)
    hub.sandbox.fail(Fault("POST", "/attempts$", status=500, let_through=1, times=5))
    sweep_in_turn(hub.settings, redis)
    assert hub.again() == ["a"]
    [line] = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert line.startswith("Deliveries that failed were not all looked for: POST /app/hook/deliveries/")
    assert Sweeps(redis).since() is None


def test_one_that_github_does_not_keep_holds_up_no_other(hub: Hub, redis: Redis) -> None:
    hub.lost("a")
    hub.lost("b", 200)
    hub.lost("ok", 100, 202)
    hub.sandbox.fail(Fault("POST", "/attempts$", status=404))
    swept = sweep(hub.settings, Sweeps(redis))
    assert swept is not None
    assert ([one.guid for one in swept.vanished], hub.again()) == (["a"], ["b"])


def test_a_key_that_github_does_not_accept_is_said_as_such(hub: Hub, redis: Redis) -> None:
    settings = load_settings(hub.values | {"AI_REVIEW_GITHUB_APP_ID": "999"})
    with pytest.raises(AppKeyUnusable):
        sweep(settings, Sweeps(redis))


def test_without_redis_a_turn_is_one_line(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    with Redis(unix_socket_path="/nowhere") as nobody:
        sweep_in_turn(hub.settings, nobody)
    [line] = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert line.startswith("Deliveries that failed were not looked for: Redis does not answer")
