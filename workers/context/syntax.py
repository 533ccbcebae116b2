"""Reads the symbols of a text from its syntax tree, in one walk.

Broken code gives what can be had of it. What is *not* here: the meaning of each grammar's nodes
(workers.context.symbol_tables), and the bounds of parsing (workers.context.grammars).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tree_sitter import Node

from workers.context.grammars import grammar_of, parse
from workers.context.symbol_tables import TABLES, Kind, Table
from workers.context.symbols import LONGEST_NAME, Definition, Role, Symbols, Use, is_telling

_DEEPEST = 400
"""Nodes below this depth are not looked at; people's code stays below 80."""
_MOST_NODES = 1_500_000
_DOC_LINES = 40
_WRAPPERS = frozenset(
    {
        "decorated_definition",
        "export_statement",
        "template_declaration",
        "field_declaration",
        "declaration",
    }
)
"""Nodes that begin with what belongs to the definition inside: decorators, annotations, `export`."""
_LOADERS = frozenset({"require", "require_relative", "import", "load"})
"""Functions whose argument names another file."""
_GIVEN = frozenset({"variable_declarator", "assignment", "assignment_expression"})
_IMPORT_LENGTH = 300
_QUALIFIED = frozenset(
    {
        "attribute",
        "call",
        "field_access",
        "field_expression",
        "member_expression",
        "method_invocation",
        "qualified_identifier",
        "qualified_type",
        "scope_resolution",
        "scoped_identifier",
        "scoped_type_identifier",
        "selector_expression",
    }
)
"""Nodes whose last part belongs to their first."""
_FIRST_NAME = re.compile(rb"[A-Za-z_$@][\w$]{0,79}")


def symbols_of(text: str, path: str) -> Symbols | None:
    """Read a text; None where there is no grammar for its path, or the text could not be parsed."""
    grammar = grammar_of(path)
    if grammar is None or "\0" in text:
        return None
    source = text.encode("utf-8", "surrogateescape" if _is_escaped(text) else "replace")
    tree = parse(source, grammar)
    if tree is None:
        return None
    walk = _Walk(source, TABLES[grammar], source.count(b"\n") + 1)
    walk.run(tree.root_node)
    return walk.symbols()


def _is_escaped(text: str) -> bool:
    """Whether lone surrogates in it stand for bytes, all of them."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Frame:
    """A node that the walk is inside of."""

    node: Node
    field: str


@dataclass(frozen=True, slots=True)
class _Open:
    """A named or unnamed scope that the walk is inside of."""

    end_byte: int
    name: str
    is_function: bool


@dataclass(slots=True)
class _Walk:
    """One walk over a syntax tree; iterative, since hostile code nests deeply."""

    source: bytes
    table: Table
    length: int
    frames: list[_Frame] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    uses: dict[int, list[Use]] = field(default_factory=dict)
    bindings: dict[str, list[int]] = field(default_factory=dict)
    functions: list[tuple[int, int]] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    callees: set[int] = field(default_factory=set)
    named: set[int] = field(default_factory=set)
    comment: tuple[int, int] = (0, -1)

    def run(self, root: Node) -> None:
        """Visit every node that is not too deep, in the order of the text."""
        cursor = root.walk()
        for _ in range(_MOST_NODES):
            node = cursor.node
            assert node is not None  # noqa: S101  a cursor stands on a node always
            place = cursor.field_name or ""
            if self._enter(node, place) and len(self.frames) < _DEEPEST and cursor.goto_first_child():
                self.frames.append(_Frame(node, place))
                continue
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return
                self.frames.pop()

    def symbols(self) -> Symbols:
        """What was found."""
        return Symbols(
            tuple(sorted(self.definitions, key=lambda definition: definition.head)),
            self.uses,
            self.bindings,
            tuple(sorted(self.functions)),
            tuple(self.imports),
        )

    def _enter(self, node: Node, place: str) -> bool:
        """Take in a node; whether its children matter."""
        kind = node.type
        table = self.table
        if kind in table.names:
            self._name(node, place)
            return False
        if not node.is_named:
            return False
        if kind in table.comments:
            self._comment(node)
            return False
        while self.open and node.start_byte >= self.open[-1].end_byte:
            self.open.pop()
        if kind in table.imports:
            self.imports.append(self._text(node)[:_IMPORT_LENGTH])
            return False
        self._take(node, kind, table)
        return True

    def _take(self, node: Node, kind: str, table: Table) -> None:
        """A node with children that may call or define something."""
        if kind in table.calls:
            self._call(node, table.calls[kind])
        if kind in table.definitions:
            self._definition(node, table.definitions[kind])
        elif kind in table.values:
            self._value(node)
        elif kind in table.scopes:
            self._push(node, "", is_function=True)
        elif kind in table.containers:
            self._push(node, self._name_of(node.child_by_field_name("type")), is_function=False)

    def _name(self, node: Node, place: str) -> None:
        """A leaf that names something."""
        if node.start_byte in self.named:
            return
        parent, spot = (self.frames[-1].node.type, place) if self.frames else ("", "")
        if parent in self.table.lists and len(self.frames) > 1:
            parent, spot = self.frames[-2].node.type, self.frames[-1].field
        name, line = self._text(node), node.start_point[0] + 1
        if (parent, spot) in self.table.bindings or node.type.endswith("_identifier_pattern"):
            self.bindings.setdefault(name, []).append(line)
        elif (parent, spot) not in self.table.labels and is_telling(name):
            use = Use(name, line, self._role(node, name, (parent, spot)), self._owner_of(node))
            self.uses.setdefault(line, []).append(use)

    def _role(self, node: Node, name: str, place: tuple[str, str]) -> Role:
        if node.start_byte in self.callees:
            return Role.CALL
        if node.type in self.table.types:
            return Role.TYPE
        if node.type in self.table.members or place in self.table.member_places:
            return Role.MEMBER
        return Role.TYPE if name[0].isupper() else Role.NAME

    def _owner_of(self, node: Node) -> str:
        """The first name of the expression whose part a leaf is."""
        parent = self.frames[-1].node if self.frames else None
        first = parent.child(0) if parent is not None and parent.type in _QUALIFIED else None
        if first is None or first.start_byte >= node.start_byte:
            return ""
        start = _FIRST_NAME.match(self.source, first.start_byte, node.start_byte)
        return start.group().decode() if start else ""

    def _comment(self, node: Node) -> None:
        """Comments that stand on lines of their own, one below the other, are one."""
        first, column = node.start_point
        line_start = node.start_byte - column
        if self.source[line_start : node.start_byte].strip():
            return
        last = _last_row(node)
        run_first, run_last = self.comment
        self.comment = (run_first if first <= run_last + 1 else first, last)

    def _call(self, node: Node, callee_field: str) -> None:
        callee = self._leaf(node.child_by_field_name(callee_field))
        if callee is None:
            return
        self.callees.add(callee.start_byte)
        if self._text(callee) in _LOADERS:
            # With the names that it is given: `const { dirname } = require("./paths")`.
            whole = self.frames[-1].node if self.frames and self.frames[-1].node.type in _GIVEN else node
            self.imports.append(self._text(whole)[:_IMPORT_LENGTH])

    def _definition(self, node: Node, kind: Kind) -> None:
        body = node.child_by_field_name("body")
        leaf = self._leaf(node.child_by_field_name("name") or _declared(node) or _left(node))
        is_function = kind in (Kind.FUNCTION, Kind.METHOD)
        if leaf is None or (body is None and node.type in self.table.with_body):
            if is_function:
                self._push(node, "", is_function=True)
            return
        if kind is Kind.FUNCTION and self._owner():
            kind = Kind.METHOD
        within = self._scope_of(node) or self._owner()
        self._define(node, leaf, kind, body, within)
        self._push(node, self._text(leaf), is_function=is_function)

    def _value(self, node: Node) -> None:
        """A name that is given a value: a function, or a constant where it stands outside of functions."""
        target = (
            node.child_by_field_name("name")
            or node.child_by_field_name("key")
            or node.child_by_field_name("property")
            or _declared(node)
            or _left(node)
        )
        leaf = self._leaf(target)
        value = node.child_by_field_name("value") or node.child_by_field_name("right")
        if leaf is None:
            return
        if value is not None and value.type in self.table.scopes:
            owner = self._owner()
            kind = Kind.METHOD if owner and node.type.endswith("field_definition") else Kind.FUNCTION
            self._define(node, leaf, kind, value.child_by_field_name("body"), owner)
        elif not self._is_in_function() and self._is_constant(node, target):
            self._define(node, leaf, Kind.CONSTANT, None, self._owner())

    def _is_constant(self, node: Node, target: Node | None) -> bool:
        """Whether a value is one of the file's own names, and no part of something else."""
        return (
            target is not None
            and node.type not in ("pair", "assignment_expression")
            and (target.type in self.table.names or node.type == "init_declarator")
        )

    def _define(self, node: Node, leaf: Node, kind: Kind, body: Node | None, within: str) -> None:
        name = self._text(leaf)
        if not name or len(name) > LONGEST_NAME:
            return
        self.named.add(leaf.start_byte)
        head = leaf.start_point[0]
        first, last = self._first_row(node), max(_last_row(node), head)
        body_row = head if body is None else max(body.start_point[0], head)
        last = min(last, self.length - 1)
        self.definitions.append(
            Definition(name, kind, first + 1, head + 1, min(body_row, last) + 1, last + 1, within)
        )

    def _first_row(self, node: Node) -> int:
        """Where a definition begins, with what is written above it."""
        row = node.start_point[0]
        for frame in reversed(self.frames):
            if frame.node.type not in _WRAPPERS:
                break
            row = min(row, frame.node.start_point[0])
        first, last = self.comment
        return max(first, row - _DOC_LINES) if last in (row - 1, row) and first < row else row

    def _push(self, node: Node, name: str, *, is_function: bool) -> None:
        if is_function and not self._is_in_function():
            self.functions.append((node.start_point[0] + 1, _last_row(node) + 1))
        self.open.append(_Open(node.end_byte, name, is_function))

    def _is_in_function(self) -> bool:
        return any(scope.is_function for scope in self.open)

    def _owner(self) -> str:
        """Name of the class or the like whose part the next definition is; empty inside of a function."""
        return self.open[-1].name if self.open and not self.open[-1].is_function else ""

    def _scope_of(self, node: Node) -> str:
        """The type that a function written outside of it belongs to: a receiver, or `Till::`."""
        receiver = node.child_by_field_name("receiver")
        if receiver is not None:
            words = re.findall(r"\w+", self._text(receiver).partition("[")[0])
            return words[-1] if words else ""
        declared = _declared(node)
        scope = declared.child_by_field_name("scope") if declared is not None else None
        return self._text(scope) if scope is not None else ""

    def _leaf(self, node: Node | None) -> Node | None:
        """The name at the end of an expression: `go` of `a.b::go<T>`."""
        for _ in range(8):
            if node is None or node.type in self.table.names:
                return node
            if node.type == "operator_name" or node.type.endswith("namespace_identifier"):
                return None
            node = _next(node)
        return None

    def _name_of(self, node: Node | None) -> str:
        leaf = self._leaf(node)
        return self._text(leaf) if leaf is not None else ""

    def _text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")


_PARTS = ("name", "property", "field", "attribute", "function", "constructor", "type", "method")


def _next(node: Node) -> Node | None:
    """The part of an expression that says what it is about."""
    for part in _PARTS:
        child = node.child_by_field_name(part)
        if child is not None:
            return child
    if node.type in ("generic_type", "nested_type_identifier", "type", "destructor_name"):
        return node.named_child(0) if node.named_child_count else None
    if node.type == "scoped_type_identifier" and node.named_child_count:
        return node.named_child(node.named_child_count - 1)
    return None


def _declared(node: Node) -> Node | None:
    """What a C declarator declares: `add` of `*add(int n)`."""
    declarator = node.child_by_field_name("declarator")
    for _ in range(12):
        if declarator is None:
            return None
        inner = declarator.child_by_field_name("declarator")
        if inner is None and declarator.type in ("reference_declarator", "parenthesized_declarator"):
            inner = declarator.named_child(0) if declarator.named_child_count else None
        if inner is None:
            return declarator
        declarator = inner
    return None


def _left(node: Node) -> Node | None:
    return node.child_by_field_name("left")


def _last_row(node: Node) -> int:
    """The row where a node's last character stands: a line feed at its end is no row more."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point[0] else row
