from __future__ import annotations

from bot.domain.programming_languages import PROGRAMMING_LANGUAGES
from workers.analysers import languages


def test_a_policy_can_name_every_language_that_files_are_recognised_to_be_in() -> None:
    by_name = {*languages._LANGUAGE_OF_SUFFIX.values(), *languages._LANGUAGE_OF_NAME.values()}
    assert set(PROGRAMMING_LANGUAGES) == by_name
    assert set(PROGRAMMING_LANGUAGES) >= languages.WITH_RULES
    assert all(languages.language_of(name) in PROGRAMMING_LANGUAGES for name in ("a.dockerfile", "b.py"))


def test_the_names_are_in_order_and_stand_once() -> None:
    assert list(PROGRAMMING_LANGUAGES) == sorted(set(PROGRAMMING_LANGUAGES), key=str.lower)
