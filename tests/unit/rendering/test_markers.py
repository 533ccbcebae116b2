from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rendering.markers import Marker, MarkerKind, find_marker, read_markers, write_marker

VALUES = st.text("abcXYZ019._-", min_size=1, max_size=64)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(MarkerKind), st.dictionaries(st.text("abcz", min_size=1, max_size=16), VALUES, max_size=3)
)
def test_what_is_written_is_read(kind: MarkerKind, values: dict[str, str]) -> None:
    body = f"Some text.\r\n\r\n{write_marker(kind, **values)}\r\n"
    assert read_markers(body) == (Marker(kind, values),)


@pytest.mark.parametrize("value", ["", "a b", "-->", "ä", "a\n", "x" * 65])
def test_a_marker_takes_no_unsafe_value(value: str) -> None:
    with pytest.raises(ValueError, match="marker cannot hold"):
        write_marker(MarkerKind.FINDING, fp=value)


@pytest.mark.parametrize(
    "text",
    [
        "<!-- ai-review:finding fp=abc",
        "<!-- ai-review:finding fp=abc --> trailing",
        "> <!-- ai-review:finding fp=abc -->",
        "text <!-- ai-review:finding fp=abc -->",
        "<!-- ai-review:finding fp=a b -->",
        "<!-- ai-review:finding  fp=abc -->",
        "<!-- ai-review:other fp=abc -->",
        "<!-- AI-REVIEW:finding fp=abc -->",
        "<!-- ai-review:finding fp=abc -- >",
        "`<!-- ai-review:finding fp=abc -->`",
    ],
)
def test_anything_but_a_whole_marker_is_text(text: str) -> None:
    assert read_markers(text) == ()


def test_the_last_marker_of_a_kind_counts() -> None:
    body = "\n".join(write_marker(MarkerKind.REVIEW, head=head) for head in ("aaa", "bbb"))
    found = find_marker(body, MarkerKind.REVIEW)
    assert found is not None
    assert found.values == {"head": "bbb"}
    assert find_marker(body, MarkerKind.SUMMARY) is None
