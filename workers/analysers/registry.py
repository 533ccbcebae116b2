"""All static analysers, ready for use.

What is *not* here: which of them a review uses; it uses all of them, each for its own languages.
"""

from __future__ import annotations

from workers.analysers.ast_grep import AstGrep, ast_grep_rules
from workers.analysers.known_secrets import KnownSecrets, secret_rule
from workers.analysers.packaged import packaged_program
from workers.analysers.python_ast import PythonChecks, python_rules
from workers.analysers.ruff import Ruff, ruff_rules
from workers.analysers.ty import Ty, ty_rules
from workers.ports import Analyser


def static_analysers() -> tuple[Analyser, ...]:
    """ruff, our own checks of Python, ty, ast-grep, and our own look for secrets.

    Reads the rule files: call it once per process.

    Raises:
        SettingsError: when a tool is not installed as its package should have done.
    """
    return (
        Ruff(packaged_program("ruff", "ruff"), ruff_rules()),
        PythonChecks(python_rules()),
        Ty(packaged_program("ty", "ty"), ty_rules()),
        AstGrep(packaged_program("ast-grep-cli", "ast-grep"), ast_grep_rules()),
        KnownSecrets(secret_rule()),
    )
