"""Which programming language a file is written in, by its name, and for which of them there are rules.

What is *not* here: looking into files. A script without a suffix is not recognised by its first line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

PYTHON = "Python"
JAVASCRIPT = "JavaScript"
TYPESCRIPT = "TypeScript"
GO = "Go"
JAVA = "Java"
RUBY = "Ruby"
RUST = "Rust"
C = "C"
CPP = "C++"

WITH_RULES = frozenset({PYTHON, JAVASCRIPT, TYPESCRIPT, GO, JAVA, RUBY, RUST, C, CPP})
"""Languages that at least one analyser of this package has rules for."""

_SUFFIXES_OF: Mapping[str, str] = MappingProxyType(
    {
        PYTHON: "py pyi pyw",
        JAVASCRIPT: "js jsx mjs cjs",
        TYPESCRIPT: "ts tsx mts cts",
        GO: "go",
        JAVA: "java",
        RUBY: "rb rake gemspec ru",
        RUST: "rs",
        C: "c",
        CPP: "cc cpp cxx c++ h hh hpp hxx h++ inl ipp tpp",
        "Ada": "adb ads",
        "Apex": "apex trigger",
        "Assembly": "asm s",
        "Astro": "astro",
        "AWK": "awk",
        "Batch": "bat cmd",
        "C#": "cs csx",
        "Clojure": "clj cljc cljs",
        "CMake": "cmake",
        "COBOL": "cob cbl",
        "CoffeeScript": "coffee",
        "Common Lisp": "lisp cl",
        "Crystal": "cr",
        "CUDA": "cu cuh",
        "Cython": "pyx pxd pxi",
        "D": "d",
        "Dart": "dart",
        "Elixir": "ex exs",
        "Elm": "elm",
        "Emacs Lisp": "el",
        "ERB": "erb",
        "Erlang": "erl hrl",
        "F#": "fs fsx",
        "Fortran": "f f77 f90 f95 f03 f08",
        "GLSL": "glsl vert frag",
        "GraphQL": "graphql gql",
        "Groovy": "groovy gradle",
        "Haskell": "hs lhs",
        "HCL": "tf hcl",
        "Julia": "jl",
        "Jupyter notebook": "ipynb",
        "Kotlin": "kt kts",
        "Lua": "lua",
        "Makefile": "mk mak",
        "Nim": "nim",
        "Nix": "nix",
        "Objective-C": "m mm",
        "OCaml": "ml mli",
        "Pascal": "pas",
        "Perl": "pl pm t",
        "PHP": "php phtml",
        "PowerShell": "ps1 psm1",
        "Prolog": "pro",
        "Protocol Buffers": "proto",
        "Puppet": "pp",
        "R": "r",
        "Racket": "rkt",
        "Scala": "scala sc sbt",
        "Scheme": "scm ss",
        "Shell": "sh bash zsh ksh fish",
        "Solidity": "sol",
        "SQL": "sql psql plsql",
        "Starlark": "bazel bzl star",
        "Svelte": "svelte",
        "Swift": "swift",
        "Tcl": "tcl",
        "Thrift": "thrift",
        "Verilog": "v sv svh",
        "VHDL": "vhd vhdl",
        "Vim script": "vim",
        "Visual Basic": "vb vbs bas",
        "Vue": "vue",
        "WebAssembly": "wat",
        "Zig": "zig",
    }
)
_LANGUAGE_OF_SUFFIX: Mapping[str, str] = MappingProxyType(
    {f".{suffix}": language for language, suffixes in _SUFFIXES_OF.items() for suffix in suffixes.split()}
)
_LANGUAGE_OF_NAME: Mapping[str, str] = MappingProxyType(
    {
        "brewfile": RUBY,
        "capfile": RUBY,
        "cmakelists.txt": "CMake",
        "containerfile": "Dockerfile",
        "dockerfile": "Dockerfile",
        "gemfile": RUBY,
        "gnumakefile": "Makefile",
        "guardfile": RUBY,
        "jenkinsfile": "Groovy",
        "justfile": "Just",
        "makefile": "Makefile",
        "podfile": RUBY,
        "rakefile": RUBY,
        "sconscript": PYTHON,
        "sconstruct": PYTHON,
        "vagrantfile": RUBY,
    }
)


_PLAIN_SUFFIXES = frozenset(
    [
        "adoc",
        "csv",
        "geojson",
        "json",
        "jsonl",
        "license",
        "log",
        "markdown",
        "md",
        "ndjson",
        "org",
        "po",
        "pot",
        "rst",
        "text",
        "tsv",
        "txt",
    ]
)
_PLAIN_NAMES = frozenset(
    [
        "authors",
        "changelog",
        "changes",
        "contributors",
        "copying",
        "license",
        "maintainers",
        "news",
        "notice",
        "readme",
        "todo",
        ".editorconfig",
        ".gitattributes",
        ".gitignore",
        ".dockerignore",
        ".npmignore",
        ".prettierignore",
        ".eslintignore",
        ".mailmap",
        ".python-version",
        ".nvmrc",
        ".node-version",
        ".ruby-version",
        ".tool-versions",
        ".gitkeep",
    ]
)
_STEERING = re.compile(
    # What package managers and build tools run, or get code from.
    r"(package|composer|deno|bower|vcpkg|global|lerna|nx|turbo|project|angular|cdk|cmake(user)?presets"
    r"|vercel|firebase|wrangler|renovate|devcontainer|mcp|hooks|tasks|launch|[jt]sconfig(\..+)?"
    r"|.+\.(config|tf|pkr))\.json"
    r"|(.*[-_.])?(requirements|constraints)([-_.].*)?\.txt|(conanfile|meson_options)\.txt"
    # What coding assistants obey.
    r"|(claude(\.local)?|agents?(\.override)?|gemini|qwen|warp|skill|copilot-instructions"
    r"|.+\.(instructions|prompt|agent|chatmode))\.md"
)
"""Names, in small letters, that look like plain data or prose and are carried out, or that steer tools."""
_PROSE_OF_GITHUB = frozenset({".github", ".github/issue_template", ".github/pull_request_template"})


def language_of(path: str) -> str | None:
    """The programming language of a file, or None for prose, plain data and mark-up.

    Headers (`.h`) count as C++, which is nearly a superset of C. Templates with code in them (Vue, ERB)
    and build files count as languages. Nothing of the path is looked up on disk.

    Args:
        path: `/`-separated, any text.
    """
    file = PurePosixPath(path.lower())
    by_name = _LANGUAGE_OF_NAME.get(file.name)
    if by_name is not None:
        return by_name
    if file.name.startswith(("dockerfile.", "containerfile.")) or file.suffix == ".dockerfile":
        return "Dockerfile"
    return _LANGUAGE_OF_SUFFIX.get(file.suffix)


def is_plain(path: str) -> bool:
    """Whether a file of this name is prose or plain data, in which no program goes wrong by itself.

    Mark-up and configuration that are carried out (workflows, manifests, style sheets, templates) are not,
    nor is anything that tools look for: folders and files whose name begins with a dot (but for some of no
    consequence and GitHub's pages for people), lists of packages, instructions for coding assistants.
    """
    file = PurePosixPath(path.lower())
    if _is_for_tools(file):
        return False
    return file.name in _PLAIN_NAMES or file.suffix.removeprefix(".") in _PLAIN_SUFFIXES


def is_inert(path: str) -> bool:
    """The same where no tool takes the file for a program either: `CMakeLists.txt` is one."""
    return language_of(path) is None and is_plain(path)


def _is_for_tools(file: PurePosixPath) -> bool:
    folders = file.parts[:-1]
    if any(folder.startswith(".") for folder in folders):
        is_page = file.suffix == ".md" and str(file.parent) in _PROSE_OF_GITHUB
        if not is_page:
            return True
    is_list = file.suffix == ".txt" and "requirements" in folders
    hidden = file.name.startswith(".") and file.name not in _PLAIN_NAMES
    return is_list or hidden or _STEERING.fullmatch(file.name) is not None
