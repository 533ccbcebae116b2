r"""Foreign prose as one line of GitHub-flavoured markdown that does nothing but be read.

The rule is simple, so that it is surely right: **a word is prose when it has only the characters of plain
prose and looks like nothing that GitHub links; every other word is shown as inline code.** Code with blanks
(`dict[str, int]`) is one word, up to the partner of its bracket. Foreign code spans stay code spans. There
are no backslashes to forget: markdown's own characters never get out of code.

Why code and not an escape: GitHub looks for `@name`, `#1`, `GH-1`, commit ids and `:emoji:` in the
*rendered* text, after `\@` and `&#64;` have turned back into `@`. Only code is left alone. A zero-width
character inside the word would work as well, but invisible characters are just what must not be in our
output. And in a review most words with such characters (`user_id`, `a[0]`, `x>=y`) are code anyway.

What is *not* here: characters that cannot be seen (bot.rendering.clean), and blocks of code
(bot.rendering.code).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.rendering.clean import one_line
from bot.rendering.code import code_span

# ASCII that has no meaning inside a line of markdown. What is not ASCII never has one.
_PLAIN = re.compile(r"[A-Za-z0-9'\",.;:!?()%/+\-\u0080-\U0010ffff]+")
# These stand alone between spaces in sentences such as "when n >= limit"; there they mean nothing either.
_OPERATORS = frozenset(["<", ">", "<=", ">=", "==", "!=", "=", "&", "&&", "->", "=>", "+", "-"])
_LINKED = re.compile(
    r"""
      :// | \bwww\.                               # an address
    | (?:^|\W)(?:GH|GHSA|CVE)-\w                   # an issue, an advisory
    | (?<![A-Za-z0-9])[0-9a-f]{7,40}(?![A-Za-z0-9])  # a commit id
    | :[A-Za-z0-9+-]                               # an emoji, once a colon of ours follows
    | ^/                                           # a command
    | \(\)                                         # a call: code, though harmless
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BLOCK_START = re.compile(r"[-+]+|\d+[.)]")  # a list or a rule, when it begins a line
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_OPENS = re.compile(r"[\[{]|(?<=[\w\])])\(")
_PARTNERS = {"[": "]", "{": "}", "(": ")"}
_EDGES = re.compile(r"([(\"']*)(.*?)([\"'.,;:!?)]*)")
_SENTENCE_END = re.compile(r"(?<!e\.g)(?<!i\.e)[.!?](?=\s+[^a-z\s])")

LONGEST_CODE = 100
"""Characters that a bracket and its partner may be apart."""
LONGEST_TEXT = 1_500
"""Characters of a foreign text that are looked at; what a model says is shorter."""


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    is_code: bool = False


def prose(text: str, limit: int = 600) -> str:
    """One harmless line of at most about `limit` visible characters; empty when nothing can be seen."""
    pieces = _merged(_pieces(one_line(text, limit)))
    shown = (code_span(piece.text, limit * 2) if piece.is_code else piece.text for piece in pieces)
    return "".join(shown).strip()


def first_sentence(text: str, limit: int = 160) -> tuple[str, str]:
    """Foreign text as (first sentence, rest), both still foreign; the rest may be empty.

    A sentence does not end inside inline code. One longer than `limit` is cut and the rest holds it whole.
    """
    line = one_line(text, LONGEST_TEXT)
    ends = (match.end() for match in _SENTENCE_END.finditer(line))
    end = next((end for end in ends if line.count("`", 0, end) % 2 == 0), len(line))
    first, rest = line[:end], line[end:].strip()
    return (first, rest) if len(first) <= limit else (one_line(first, limit), line)


def _pieces(line: str) -> list[_Piece]:
    """The line as code spans and everything between them, word by word."""
    pieces: list[_Piece] = []
    position = 0
    for span in _CODE.finditer(line):
        pieces += _words(line[position : span.start()], starts_line=_is_blank(pieces))
        pieces += [_Piece(code, is_code=True)] if (code := span.group(2).strip()) else []
        position = span.end()
    return pieces + _words(line[position:], starts_line=_is_blank(pieces))


def _is_blank(pieces: list[_Piece]) -> bool:
    """Whether what follows is still the beginning of the line: code without a character shows nothing."""
    return not any(piece.text.strip() for piece in pieces)


def _words(text: str, *, starts_line: bool) -> list[_Piece]:
    """Words and the single spaces between them."""
    pieces: list[_Piece] = []
    for index, word in enumerate(_joined(text.split(" "))):
        if index:
            pieces.append(_Piece(" "))
        if word:
            pieces += _word(word, starts_line=starts_line and _is_blank(pieces))
    return pieces


def _joined(words: list[str]) -> Iterator[str]:
    """The words; from an open bracket to its partner they are one, unless all of them are prose."""
    start = 0
    while start < len(words):
        end = _end_of_code(words, start)
        if all(map(_is_plain, words[start:end])):
            yield from words[start:end]
        else:
            yield " ".join(words[start:end])
        start = end


def _end_of_code(words: list[str], start: int) -> int:
    """Index behind the word in which the first bracket of a word that is open at its end is closed."""
    opened = next(
        (at for at in _OPENS.finditer(words[start]) if _depth(words[start][at.start() :]) > 0), None
    )
    if opened is None:
        return start + 1
    text = words[start][opened.start() :]
    for end in range(start + 1, len(words)):
        text += f" {words[end]}"
        if len(text) > LONGEST_CODE:
            break
        if _depth(text) <= 0:
            return end + 1
    return start + 1


def _depth(text: str) -> int:
    """How many brackets like the first character are open at the end."""
    return text.count(text[0]) - text.count(_PARTNERS[text[0]])


def _is_plain(word: str) -> bool:
    return word in _OPERATORS or (_PLAIN.fullmatch(word) is not None and not _LINKED.search(word))


def _word(word: str, *, starts_line: bool) -> list[_Piece]:
    """One word as prose, or as code with the punctuation around it left outside."""
    if starts_line and (_BLOCK_START.fullmatch(word) or word in _OPERATORS):
        return [_Piece(word, is_code=True)]
    if _is_plain(word):
        return [_Piece(word)]
    before, core, after = _edges(word)
    sides = (_Piece(before), _Piece(core, is_code=True), _Piece(after))
    return [piece for piece in sides if piece.text]


def _edges(word: str) -> tuple[str, str, str]:
    """Opening punctuation, the core, closing punctuation; brackets that the core opened stay with it."""
    match = _EDGES.fullmatch(word)
    before, core, after = match.groups() if match else ("", word, "")
    while ")" in after and core.count("(") > core.count(")"):
        end = after.index(")") + 1
        core, after = core + after[:end], after[end:]
    return (before, core, after) if core else ("", word, "")


def _merged(pieces: list[_Piece]) -> list[_Piece]:
    """Neighbouring pieces of code as one: two spans side by side would be read as something else."""
    merged: list[_Piece] = []
    for piece in pieces:
        if merged and piece.is_code and merged[-1].is_code:
            merged[-1] = _Piece(merged[-1].text + piece.text, is_code=True)
        else:
            merged.append(piece)
    return merged
