from __future__ import annotations

import os
import sys
import time

import pytest

from workers.context.git_reading import first_of, grepped


def test_output_that_was_cut_off_within_a_long_line_takes_no_time() -> None:
    printed = b"head:shop.py\x003\x00price = 1\nhead:shop.min.js\x001\x00" + b"x" * 20_000
    start = time.process_time()
    assert list(grepped(printed, "head")) == [("shop.py", 3, "price = 1")]
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("code", "most", "seconds", "is_whole"),
    [
        ("print('a')", 9, 30.0, True),
        ("print('a'); raise SystemExit(1)", 9, 30.0, True),  # as git grep that finds nothing
        ("print('a'); raise SystemExit(128)", 9, 30.0, False),
        ("print('abcdefghij')", 2, 30.0, False),
        ("print('a', flush=True); import time; time.sleep(60)", 9, 1.0, False),
    ],
)
def test_what_a_program_printed_is_whole_when_it_ended_well_and_all_was_read(
    code: str, most: int, seconds: float, is_whole: bool
) -> None:
    printed = first_of([sys.executable, "-I", "-S", "-c", code], os.environ, most, seconds)
    assert printed.is_whole is is_whole
    assert len(printed.text) <= most
