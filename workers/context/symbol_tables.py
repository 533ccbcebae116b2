"""What the nodes of each grammar mean: which define something, which call, which bind a local name.

One table a grammar, in one dict. What is *not* here: walking a tree (workers.context.symbols).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What a definition defines."""

    FUNCTION = "function"
    METHOD = "method"
    CLASS = "class"
    TYPE = "type"
    CONSTANT = "constant"


@dataclass(frozen=True, slots=True)
class Table:
    """The meaning of a grammar's nodes, by their types.

    Attributes:
        definitions: nodes that define what their name says.
        values: nodes that give a name a value; a function where the value is one of `scopes`, else a constant
            where they stand outside of functions.
        scopes: functions without a name of their own.
        containers: nodes whose functions are methods, and which are no definitions themselves: `impl`.
        calls: nodes that call -> field of what is called.
        names: leaves that name something; those in `types` name a type, those in `members` an object's part.
        member_places: (type of the parent, field or empty) of other leaves that name a part of an object.
        lists: nodes that group leaves, which then stand where their list stands.
        bindings: (type of the parent, field or empty) of leaves that name a parameter or a local variable.
        labels: the same of leaves that name neither: keys, keyword arguments.
        imports: nodes that name other files.
        comments: nodes that may document what follows.
        with_body: definitions that are mere mentions where they have no body: `struct s` in C.
    """

    definitions: Mapping[str, Kind]
    values: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    containers: frozenset[str] = frozenset()
    calls: Mapping[str, str] = field(default_factory=dict)
    names: frozenset[str] = frozenset({"identifier"})
    types: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    member_places: frozenset[tuple[str, str]] = frozenset()
    lists: frozenset[str] = frozenset()
    bindings: frozenset[tuple[str, str]] = frozenset()
    labels: frozenset[tuple[str, str]] = frozenset()
    imports: frozenset[str] = frozenset()
    comments: frozenset[str] = frozenset({"comment"})
    with_body: frozenset[str] = frozenset()


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _pairs(words: str) -> frozenset[tuple[str, str]]:
    """`a.b c.` -> ("a", "b"), ("c", "")."""
    return frozenset((parent, name) for parent, _, name in (word.partition(".") for word in words.split()))


def _kinds(**words: str) -> Mapping[str, Kind]:
    return {node: Kind(kind) for kind, nodes in words.items() for node in nodes.split()}


def _calls(words: str) -> Mapping[str, str]:
    return dict(word.split(".") for word in words.split())


_PYTHON = Table(
    definitions={
        **_kinds(function="function_definition", type="type_alias_statement"),
        "class_definition": Kind.CLASS,
    },
    values=_set("assignment"),
    scopes=_set("lambda"),
    calls=_calls("call.function"),
    member_places=_pairs("attribute.attribute"),
    bindings=_pairs(
        "assignment.left pattern_list. tuple_pattern. list_pattern. parameters. lambda_parameters."
        " default_parameter.name typed_parameter. typed_default_parameter.name list_splat_pattern."
        " dictionary_splat_pattern. as_pattern_target. for_statement.left for_in_clause.left"
        " named_expression.name"
    ),
    labels=_pairs("keyword_argument.name"),
    imports=_set("import_statement import_from_statement future_import_statement"),
)
_JAVASCRIPT = Table(
    definitions={
        **_kinds(
            function="function_declaration generator_function_declaration",
            method="method_definition",
        ),
        "class_declaration": Kind.CLASS,
        "class": Kind.CLASS,
    },
    values=_set("variable_declarator pair field_definition assignment_expression"),
    scopes=_set("arrow_function function_expression generator_function"),
    calls=_calls(
        "call_expression.function new_expression.constructor jsx_opening_element.name"
        " jsx_self_closing_element.name"
    ),
    names=_set(
        "identifier property_identifier private_property_identifier shorthand_property_identifier"
        " shorthand_property_identifier_pattern"
    ),
    members=_set("property_identifier private_property_identifier"),
    bindings=_pairs(
        "variable_declarator.name formal_parameters. arrow_function.parameter array_pattern. rest_pattern."
        " object_pattern. pair_pattern.value assignment_pattern.left object_assignment_pattern.left"
        " for_in_statement.left catch_clause.parameter required_parameter.pattern optional_parameter.pattern"
    ),
    labels=_pairs("pair.key pair_pattern.key jsx_attribute. property_signature.name enum_assignment.name"),
    imports=_set("import_statement"),
)
_TYPESCRIPT = replace(
    _JAVASCRIPT,
    definitions={
        **_JAVASCRIPT.definitions,
        **_kinds(
            function="function_signature",
            method="method_signature abstract_method_signature",
            type="interface_declaration type_alias_declaration enum_declaration",
        ),
        "abstract_class_declaration": Kind.CLASS,
    },
    values=_set("variable_declarator pair public_field_definition assignment_expression"),
    names=_JAVASCRIPT.names | {"type_identifier"},
    types=_set("type_identifier"),
)
_GO = Table(
    definitions=_kinds(
        function="function_declaration", method="method_declaration", type="type_spec type_alias"
    ),
    values=_set("const_spec var_spec"),
    scopes=_set("func_literal"),
    calls=_calls("call_expression.function"),
    names=_set("identifier field_identifier type_identifier"),
    types=_set("type_identifier"),
    members=_set("field_identifier"),
    lists=_set("expression_list literal_element"),
    bindings=_pairs(
        "parameter_declaration.name variadic_parameter_declaration.name var_spec.name"
        " type_parameter_declaration.name short_var_declaration.left range_clause.left"
    ),
    labels=_pairs("field_declaration.name method_elem.name keyed_element.key"),
    imports=_set("import_spec"),
)
_RUST = Table(
    definitions=_kinds(
        function="function_item function_signature_item macro_definition",
        type="struct_item enum_item trait_item type_item union_item",
        constant="const_item static_item",
    ),
    scopes=_set("closure_expression"),
    containers=_set("impl_item"),
    calls=_calls("call_expression.function macro_invocation.macro"),
    names=_set("identifier field_identifier type_identifier shorthand_field_identifier"),
    types=_set("type_identifier"),
    members=_set("field_identifier shorthand_field_identifier"),
    bindings=_pairs(
        "parameter.pattern let_declaration.pattern tuple_pattern. tuple_struct_pattern. closure_parameters."
        " for_expression.pattern ref_pattern. mut_pattern. reference_pattern. captured_pattern."
        " slice_pattern."
    ),
    labels=_pairs("field_declaration.name field_initializer.field enum_variant.name"),
    imports=_set("use_declaration"),
    comments=_set("line_comment block_comment attribute_item"),
)
_RUBY = Table(
    definitions={
        **_kinds(function="method singleton_method"),
        "class": Kind.CLASS,
        "module": Kind.CLASS,
    },
    values=_set("assignment"),
    scopes=_set("lambda"),
    calls=_calls("call.method"),
    names=_set("identifier constant"),
    types=_set("constant"),
    bindings=_pairs(
        "assignment.left left_assignment_list. method_parameters. block_parameters. lambda_parameters."
        " optional_parameter.name splat_parameter.name hash_splat_parameter.name keyword_parameter.name"
        " block_parameter.name exception_variable. for.pattern destructured_parameter."
    ),
)
_C = Table(
    definitions=_kinds(
        function="function_definition preproc_function_def",
        type="struct_specifier union_specifier enum_specifier type_definition",
        constant="preproc_def",
    ),
    values=_set("init_declarator"),
    calls=_calls("call_expression.function"),
    names=_set("identifier field_identifier type_identifier"),
    types=_set("type_identifier"),
    members=_set("field_identifier"),
    bindings=_pairs(
        "parameter_declaration.declarator init_declarator.declarator pointer_declarator.declarator"
        " array_declarator.declarator declaration.declarator reference_declarator. for_range_loop.declarator"
        " optional_parameter_declaration.declarator"
    ),
    labels=_pairs(
        "field_declaration.declarator function_declarator.declarator enumerator.name preproc_params."
    ),
    imports=_set("preproc_include"),
    with_body=_set("struct_specifier union_specifier enum_specifier class_specifier"),
)
_CPP = replace(
    _C,
    definitions={
        **_C.definitions,
        **_kinds(type="alias_declaration concept_definition"),
        "class_specifier": Kind.CLASS,
    },
    scopes=_set("lambda_expression"),
    calls=_calls("call_expression.function new_expression.type"),
    imports=_set("preproc_include using_declaration"),
)
_JAVA = Table(
    definitions={
        **_kinds(
            method="method_declaration constructor_declaration compact_constructor_declaration",
            type="interface_declaration enum_declaration annotation_type_declaration",
        ),
        "class_declaration": Kind.CLASS,
        "record_declaration": Kind.CLASS,
    },
    values=_set("variable_declarator"),
    scopes=_set("lambda_expression"),
    calls=_calls("method_invocation.name object_creation_expression.type"),
    member_places=_pairs("field_access.field"),
    names=_set("identifier type_identifier"),
    types=_set("type_identifier"),
    bindings=_pairs(
        "variable_declarator.name formal_parameter.name enhanced_for_statement.name resource.name"
        " catch_formal_parameter.name lambda_expression.parameters inferred_parameters."
    ),
    labels=_pairs("enum_constant.name marker_annotation.name package_declaration."),
    imports=_set("import_declaration package_declaration"),
    comments=_set("line_comment block_comment"),
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        "python": _PYTHON,
        "javascript": _JAVASCRIPT,
        "typescript": _TYPESCRIPT,
        "tsx": _TYPESCRIPT,
        "go": _GO,
        "rust": _RUST,
        "ruby": _RUBY,
        "c": _C,
        "cpp": _CPP,
        "java": _JAVA,
    }
)
"""By grammar."""

CONSTRUCTORS = frozenset({"__init__", "__new__", "constructor", "initialize"})
"""Names of methods that are called by the name of their type."""
EVERYWHERE: frozenset[str] = _set(
    "self cls this super None True False true false null nil undefined NULL module exports require import"
    " int int64 i32 i64 u8 u32 u64 usize size_t bool byte bytes float str string String error Error any"
    " object Object unknown never void list dict set tuple List Map Set Vec Array Number Boolean"
    " Promise Date RegExp Integer Long JSON Math std vector Some Err fmt console"
    " len print printf println range isinstance puts raise panic sizeof memcpy memset malloc free strlen"
    " append push pop shift unshift get put add remove delete keys values items entries map filter reduce"
    " forEach each find join split slice splice concat replace trim strip length size has isEmpty includes"
    " contains indexOf startsWith endsWith startswith endswith lower upper toString equals hashCode clone"
    " unwrap into iter collect vec then catch resolve call apply bind freeze new make include extend"
    " attr_reader attr_accessor select reject any all none blank present dup tap first last Range"
    " lambda proc format log warn info debug assert expect describe test Override"
)
"""Names of languages and their standard libraries: a search for them finds everything but a definition."""
