from __future__ import annotations

import time

from workers.context.git_reading import grepped


def test_output_that_was_cut_off_within_a_long_line_takes_no_time() -> None:
    printed = b"head:shop.py\x003\x00price = 1\nhead:shop.min.js\x001\x00" + b"x" * 20_000
    start = time.process_time()
    assert list(grepped(printed, "head")) == [("shop.py", 3, "price = 1")]
    assert time.process_time() - start < 0.5
