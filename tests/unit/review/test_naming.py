from __future__ import annotations

from workers.review.naming import called_in, name_likeness, names_in


def test_names_are_words_but_keywords_and_numbers() -> None:
    assert names_in('if not user_1.name is "root": return 10') == {"user_1", "name", "root"}
    assert names_in("if (this == null) { return; }") == frozenset()


def test_signs_and_keywords_make_no_two_lines_alike() -> None:
    assert name_likeness("def f(x=[]): return", "def g(y=[]): return") == 0
    assert name_likeness("save(x)", "upload_invoice(x)") == 1 / 3
    assert name_likeness("a.b(c)", "c = b + a") == 1
    assert name_likeness("[]", "[]") == 0


def test_what_is_called_is_no_keyword_before_a_bracket() -> None:
    assert called_in("if (a.save(x)) return load (y);") == {"save", "load"}
