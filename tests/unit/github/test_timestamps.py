from __future__ import annotations

import pytest

from bot.github.timestamps import posix_time


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01T01:01:00+01:00", 60.0),
        ("1970-01-01T00:01:00", 60.0),
        ("soon", 0.0),
        ("", 0.0),
        (None, 0.0),
        (17, 0.0),
    ],
)
def test_a_time_is_read_in_utc_and_what_is_none_counts_as_none(text: object, moment: float) -> None:
    assert posix_time(text) == moment
