"""How long pushes wait for the end of their burst: its count outlives starts, and nothing else grows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from redis import Redis

from bot.queue import QueueOptions
from tests.support.ageing import Talk
from tests.support.bursts import PUSHES, hostile_burst, play, random_bursts
from tests.support.queueing import AT_ONCE
from tests.support.requests import review_request

PATIENT = dataclasses.replace(AT_ONCE, quiet=10.0, spacing=60.0)


@pytest.fixture
def patient(redis: Redis) -> Talk:
    return Talk(redis, PATIENT)


def test_the_second_push_of_a_burst_waits_for_one_pause_and_the_third_for_two(patient: Talk) -> None:
    patient.push()
    patient.review()
    for pauses in (1, 2, 3):
        patient.push()
        assert patient.waits(10 * pauses)


def test_a_review_in_the_midst_of_a_burst_does_not_shorten_its_pauses(patient: Talk) -> None:
    patient.push(3)
    patient.review()
    for pauses in (3, 4, 5):
        patient.push()
        assert patient.waits(10 * pauses)
        patient.review()


def test_somebody_who_pushes_reads_and_pushes_waits_for_one_pause_each_time(patient: Talk) -> None:
    patient.push()
    for _ in range(4):
        patient.review()
        patient.pass_time(30)
        patient.push()
        assert patient.waits(10)
        patient.pass_time(10)


def test_a_long_review_does_not_calm_a_burst(patient: Talk) -> None:
    patient.push(3)
    run = patient.begin()
    patient.pass_time(31)
    patient.push()
    run.finish()
    assert patient.waits(29)


def test_no_pause_is_longer_than_the_spacing_after_the_last_start(patient: Talk) -> None:
    patient.push(12)
    patient.review()
    patient.pass_time(12)
    patient.push()
    assert patient.waits(48)


def test_a_push_long_after_the_last_start_begins_a_burst_of_its_own(patient: Talk) -> None:
    patient.push(5)
    patient.review()
    patient.pass_time(61)
    patient.push()
    assert patient.waits(0)
    patient.review()
    patient.push()
    assert patient.waits(10)


def test_a_burst_goes_on_while_a_push_of_it_waits_for_a_worker(patient: Talk) -> None:
    patient.push()
    patient.review()
    patient.push(2)
    patient.pass_time(100)
    patient.push()
    patient.review()
    patient.push()
    assert patient.waits(40)


def test_a_burst_during_a_long_review_is_counted(patient: Talk) -> None:
    patient.push()
    run = patient.begin()
    patient.pass_time(100)
    patient.push(3)
    run.finish()
    assert patient.waits(0)
    patient.review()
    patient.push()
    assert patient.waits(30)


def test_neither_commands_nor_clicks_grow_the_pause(patient: Talk) -> None:
    patient.push()
    patient.review()
    for _ in range(3):
        patient.command()
        patient.review()
        patient.settle()
        patient.review()
    patient.push()
    assert patient.waits(10)


def test_the_first_push_soon_after_a_command_waits_for_one_pause(patient: Talk) -> None:
    patient.command()
    patient.review()
    patient.push()
    assert patient.waits(10)


def test_in_a_long_burst_a_click_waits_for_one_pause_and_a_command_for_none(patient: Talk) -> None:
    patient.push(5)
    patient.review()
    patient.settle()
    assert patient.waits(10)
    patient.settle()
    assert patient.waits(10)
    patient.command()
    assert patient.waits(0)


@pytest.mark.parametrize("asked", [Talk.command, Talk.settle])
def test_a_push_behind_what_a_person_asked_for_is_counted(
    patient: Talk, asked: Callable[[Talk], None]
) -> None:
    patient.push()
    patient.review()
    asked(patient)
    patient.push(2)
    patient.review()
    patient.push()
    assert patient.waits(30)


def test_a_run_that_finds_the_head_moved_counts_the_push_no_second_time(patient: Talk) -> None:
    patient.push()
    run = patient.begin()
    patient.push()
    patient.ask(head=False)
    run.finish()
    assert patient.waits(10)
    patient.push()
    assert patient.waits(20)


def test_a_push_that_a_review_covered_before_its_event_came_is_counted(patient: Talk) -> None:
    patient.push()
    run = patient.begin()
    patient.push()
    run.finish(f"{2:040x}")
    assert patient.due_in() is None
    patient.push()
    assert patient.waits(20)


def test_a_repeated_delivery_does_not_grow_the_pause(patient: Talk) -> None:
    patient.push()
    patient.review()
    for _ in range(5):
        patient.queue.submit(review_request("d-again"))
    assert patient.waits(10)


def test_further_tries_do_not_grow_the_pause(patient: Talk) -> None:
    patient.push()
    for _ in range(3):
        patient.begin().retry_later(10)
    patient.review()
    patient.push()
    assert patient.waits(10)


def test_what_waits_for_its_next_try_keeps_no_burst_alive(patient: Talk) -> None:
    patient.push(5)
    patient.begin().retry_later(1000)
    patient.pass_time(61)
    patient.push()
    assert patient.waits(0)
    patient.review()
    patient.push()
    assert patient.waits(10)


@pytest.mark.parametrize("gap", [0.1, 0.5, 1.0, 2.0, 2.5])
def test_evenly_spaced_pushes_cost_two_reviews(redis: Redis, gap: float) -> None:
    burst = play(redis, QueueOptions(), [number * gap for number in range(24)], review=5.0)
    assert (len(burst.starts), burst.last_head) == (2, 24)


@pytest.mark.parametrize("review", [1.0, 10.0, 30.0])
def test_at_random_moments_a_few_reviews_cover_the_last_push(redis: Redis, review: float) -> None:
    for pushes in random_bursts(5):
        burst = play(redis, QueueOptions(), pushes, review)
        assert len(burst.starts) <= 4
        assert burst.last_head == PUSHES


def test_thirty_pushes_of_which_each_comes_after_a_start_cost_seven_reviews_at_most(redis: Redis) -> None:
    burst = play(redis, QueueOptions(), hostile_burst(redis, QueueOptions(), 1.0), 1.0)
    assert 2 < len(burst.starts) <= 7
    assert burst.last_head == PUSHES
