from __future__ import annotations

import pytest

from workers.review.data_files import LONGEST, reads_as_data


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", "\ufeff[1, 2]"),
        ("A.JSON", '{"a": {"b": 1}, "c": {"b": 2}}'),
        ("a.ndjson", '{"a": 1}\n\n{"a": 2}\n'),
        ("pyproject.toml", '[a]\nb = "c"\n'),
        ("a.yml", "a: 1\n---\nb: !Ref c\n"),
    ],
)
def test_data_can_be_read(path: str, text: str) -> None:
    assert reads_as_data(text, path) is True


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tsconfig.json", '{"a": 1} // one'),
        ("a.json", '{"a": 1, "a": 2}'),
        ("a.toml", "a = 1\na = 2\n"),
        ("a.yaml", "a: [1\n"),
        ("a.yaml", "{{ if .x }}\na: 1\n{{ end }}\n"),
    ],
)
def test_what_is_no_such_data_cannot(path: str, text: str) -> None:
    assert reads_as_data(text, path) is False


@pytest.mark.parametrize("path", ["a.py", "README.md", "json", "folder.json/a.txt"])
def test_other_files_hold_no_such_data(path: str) -> None:
    assert reads_as_data("{}", path) is None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", f"[{'1,' * LONGEST}1]"),
        ("a.json", "[" * LONGEST),
        ("a.toml", f"a = {'[' * 60_000}"),
        ("a.toml", f"{'a.' * 30_000}a = 1"),
        ("a.yaml", "[" * LONGEST),
        ("a.yaml", "a: {" * (LONGEST // 4)),
    ],
)
def test_what_would_take_long_is_not_read(path: str, text: str) -> None:
    assert reads_as_data(text, path) is False
