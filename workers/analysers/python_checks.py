"""Checks of Python code that ruff has no stable rule for. Runs as a program of its own.

    python -I -S python_checks.py FILE...

prints one JSON object: file -> {"hits": [[rule, first line, last line, name], ...]}, or {"error": reason}.
The code is parsed and never executed. A process of its own, since a parser may exhaust stack or memory on
text that was made to do so. It therefore imports the standard library only, nothing of ours.

What is *not* here: files that this interpreter cannot parse; ruff says whether a file is valid Python.
"""

from __future__ import annotations

import ast
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_ASYNCIO_COROUTINES = frozenset({"open_connection", "sleep", "start_server", "to_thread", "wait", "wait_for"})
_HARMLESS_DECORATORS = frozenset({"abstractmethod", "classmethod", "final", "override", "staticmethod"})
_REMOVALS = frozenset({"clear", "discard", "pop", "popitem", "popleft", "remove"})
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)

Hit = tuple[str, int, int, str]


def main(names: list[str]) -> None:
    """Check files of the current folder and print what was found."""
    json.dump({name: _check_file(Path(name)) for name in names}, sys.stdout)


def _check_file(file: Path) -> dict[str, object]:
    try:
        tree = ast.parse(file.read_bytes())
        return {"hits": sorted(set(check(tree)))}
    except (SyntaxError, ValueError):
        return {"error": "syntax"}
    except (RecursionError, MemoryError):
        return {"error": "depth"}


def check(tree: ast.Module) -> Iterator[Hit]:
    """Every hit in one module."""
    yield from _unawaited(tree, _coroutine_functions(tree) | _asyncio_names(tree), owner=None)
    overwritten = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from _unawaited(node, _coroutine_methods(node) - overwritten, owner=node)
        elif isinstance(node, ast.For):
            yield from _removals(node)
        elif isinstance(node, ast.Compare):
            yield from _self_comparison(node)


def _coroutine_functions(tree: ast.Module) -> frozenset[str]:
    """Names that the file binds exactly once, to a plain coroutine function that is no method."""
    bound: Counter[str] = Counter()
    methods = {id(item) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for item in node.body}
    coroutines: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in methods and not isinstance(node, ast.ClassDef):
            continue
        bound.update(_bound_names(node))
        if isinstance(node, ast.AsyncFunctionDef) and not node.decorator_list and not _has_yield(node):
            coroutines.add(node.name)
    return frozenset(name for name in coroutines if bound[name] == 1)


def _bound_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name


def _asyncio_names(tree: ast.Module) -> frozenset[str]:
    """`asyncio.sleep` and the like, where the module is imported under its own name."""
    imported = any(
        isinstance(node, ast.Import)
        and any(name.name == "asyncio" and not name.asname for name in node.names)
        for node in ast.walk(tree)
    )
    return frozenset(f"asyncio.{name}" for name in _ASYNCIO_COROUTINES) if imported else frozenset()


def _coroutine_methods(owner: ast.ClassDef) -> set[str]:
    """Methods of a class that are coroutine functions and are defined once."""
    defined: Counter[str] = Counter()
    coroutines: set[str] = set()
    for item in owner.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
            defined[item.name] += 1
            plain = all(_last_name(decorator) in _HARMLESS_DECORATORS for decorator in item.decorator_list)
            if isinstance(item, ast.AsyncFunctionDef) and plain and not _has_yield(item):
                coroutines.add(item.name)
    return {name for name in coroutines if defined[name] == 1}


def _has_yield(function: ast.AsyncFunctionDef) -> bool:
    """Whether it is an asynchronous generator, which nobody awaits."""
    return any(isinstance(node, ast.Yield) for node in _walk_inside(function))


def _walk_inside(scope: ast.AST) -> Iterator[ast.AST]:
    """Nodes below a scope, without those of scopes inside it."""
    pending = list(ast.iter_child_nodes(scope))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _SCOPES):
            pending.extend(ast.iter_child_nodes(node))


def _walk_class(owner: ast.ClassDef) -> Iterator[ast.AST]:
    """Nodes of a class and its methods, without those of classes inside it: there `self` is another."""
    pending = list(ast.iter_child_nodes(owner))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))


def _unawaited(root: ast.AST, names: frozenset[str] | set[str], owner: ast.ClassDef | None) -> Iterator[Hit]:
    """Calls of coroutine functions whose result is thrown away or used as a truth value."""
    if not names:
        return
    for node in ast.walk(root) if owner is None else _walk_class(owner):
        if isinstance(node, ast.Expr):
            rule, values = "coroutine-not-awaited", [node.value]
        else:
            rule, values = "coroutine-as-condition", list(_truth_values(node))
        for value in values:
            called = _called_name(value, method=owner is not None)
            if called in names:
                yield rule, value.lineno, value.end_lineno or value.lineno, called


def _truth_values(node: ast.AST) -> Iterator[ast.expr]:
    """Expressions that this node asks for their truth."""
    if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
        yield node.test
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.BoolOp):
        yield from node.values[:-1]
    elif isinstance(node, ast.comprehension):
        yield from node.ifs


def _called_name(value: ast.expr, *, method: bool) -> str:
    """`f` of `f(...)`, `asyncio.f` of `asyncio.f(...)`; for methods `f` of `self.f(...)`; else empty."""
    if not isinstance(value, ast.Call):
        return ""
    function = value.func
    if isinstance(function, ast.Name):
        return "" if method else function.id
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return ""
    if method:
        return function.attr if function.value.id in {"self", "cls"} else ""
    return f"{function.value.id}.{function.attr}"


def _self_comparison(node: ast.Compare) -> Iterator[Hit]:
    """`a.b == a.b`. Of plain names it is a well-known way to ask for NaN; calls may differ each time."""
    left, right = node.left, node.comparators[0]
    if not isinstance(left, ast.Attribute | ast.Subscript) or ast.dump(left) != ast.dump(right):
        return
    if not any(isinstance(part, ast.Call | ast.Await | ast.NamedExpr) for part in ast.walk(left)):
        yield "comparison-with-itself", node.lineno, node.end_lineno or node.lineno, ast.unparse(left)


def _removals(loop: ast.For) -> Iterator[Hit]:
    """Statements of a loop that shrink what it iterates over, unless they also end it."""
    if not isinstance(loop.iter, ast.Name | ast.Attribute):
        return
    iterated = ast.unparse(loop.iter)
    rebound = any(
        isinstance(node, ast.Name | ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and ast.unparse(node) == iterated
        for statement in loop.body
        for node in ast.walk(statement)
    )
    if not rebound:
        yield from _removals_in(loop.body, iterated)


def _removals_in(block: list[ast.stmt], iterated: str) -> Iterator[Hit]:
    if any(isinstance(statement, ast.Break | ast.Return | ast.Raise) for statement in block):
        return
    for statement in block:
        if _shrinks(statement, iterated):
            yield (
                "loop-removes-from-iterated",
                statement.lineno,
                statement.end_lineno or statement.lineno,
                iterated,
            )
        elif not isinstance(statement, _SCOPES):
            for name in ("body", "orelse", "finalbody"):
                yield from _removals_in(getattr(statement, name, []), iterated)


def _shrinks(statement: ast.stmt, iterated: str) -> bool:
    if isinstance(statement, ast.Delete):
        return any(
            isinstance(target, ast.Subscript) and ast.unparse(target.value) == iterated
            for target in statement.targets
        )
    if not isinstance(statement, ast.Expr | ast.Assign) or not isinstance(statement.value, ast.Call):
        return False
    function = statement.value.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr in _REMOVALS
        and ast.unparse(function.value) == iterated
    )


def _last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`, `a` of `a`, else empty."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


if __name__ == "__main__":
    main(sys.argv[1:])
