from __future__ import annotations

import pytest

from workers.analysers.python_syntax import python_errors

GOOD = "def f(x):\n    return x\n"


@pytest.mark.parametrize(
    "worse",
    [
        "def f(x):\n",
        "def f(x):\n    y = 1\n  return x\n",
        "def f(x):\n    y = x\nreturn y\n",
        "def f(x):\n    break\n",
        "def f(x):\n    return y\n",
        "def f(x):\n    return x  # noqa\nyield 1  # noqa\n",
        "def f(x):\n    await x\n",
        "def f(x):\n    async for y in x:\n        return y\n",
        "def f(x):\n    async with x:\n        return x\n",
        "def f(x):\n    return [y async for y in x]\n",
        "async def f(x):\n    yield from x\n",
        "def f(x):\n    nonlocal y\n",
        "y = 1\n\n\ndef f(x):\n    x(y)\n    global y\n",
        "def f(x):\n    y = 1\n\n    def g():\n        nonlocal y\n        global y\n",
        "def f(x):\n    from os import *\n",
        "def f(x):\n    *y, *z = x\n",
        "x = 1\nfrom __future__ import annotations\n",
    ],
)
async def test_what_cannot_work_is_counted(worse: str) -> None:
    errors = await python_errors((GOOD, worse))
    assert errors is not None
    assert errors[0] == 0 < errors[1]


async def test_what_belongs_there_is_no_error() -> None:
    text = "async def f(x):\n    async with x:\n        return [await y async for y in x]\n"
    assert await python_errors((text,)) == (0,)


async def test_style_and_doubtful_code_are_no_errors() -> None:
    assert await python_errors(("import os\ndef f(x = []): return  x\nl = 1\n", "")) == (0, 0)


async def test_stubs_have_their_own_rules() -> None:
    assert await python_errors(("def f(x: A) -> A: ...\nclass A: ...\n",), ".pyi") == (0,)


@pytest.mark.parametrize("text", ["x = '\ud800'", "x = 1\0", "x" * 1_000_001])
async def test_a_text_that_no_tool_can_be_given_is_not_judged(text: str) -> None:
    assert await python_errors((GOOD, text)) is None
