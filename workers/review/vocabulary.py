"""What models are told that categories and severities mean.

What is *not* here: which of them a repository wants (bot.domain.policy).
"""

from __future__ import annotations

from types import MappingProxyType

from bot.domain.finding import Category, Severity

CATEGORIES = MappingProxyType(
    {
        Category.WRONG_CONDITION: "a condition, branch or formula that comes to the wrong result",
        Category.BOUNDARY: "first, last, empty, zero, overflow, off by one, rounding, units, time zones",
        Category.MISSING_CHECK: "a guard, validation, null check or case that is needed and not there",
        Category.ERROR_HANDLING: "a failure that is swallowed, misreported, or leaves things half done",
        Category.RESOURCE: "something opened, locked, started or allocated that is not given back",
        Category.CONCURRENCY: "a race, a deadlock, a missing await, state shared by accident",
        Category.API_MISUSE: "a function, library or protocol used against what it does",
        Category.SECURITY: "injection, missing permission check, leaked secret, unsafe default",
        Category.DATA_LOSS: "data that is lost, overwritten, duplicated or corrupted",
        Category.TYPE: "a value of the wrong type or shape that gets through at run time",
        Category.CONTRACT: "code that no longer does what its callers, its name or its counterpart rely on",
        Category.RULE: "a rule of this repository that the material states and the change breaks",
        Category.PERFORMANCE: "cost that grows without bound with input",
        Category.TEST: "a test that cannot fail, or that checks the wrong thing",
        Category.DOCUMENTATION: "documentation that makes its readers do something wrong",
    }
)
SEVERITIES = MappingProxyType(
    {
        Severity.CRITICAL: "lost or corrupted data, a security hole, an outage, in ordinary use",
        Severity.HIGH: "a wrong result or a crash that ordinary use will meet",
        Severity.MEDIUM: "a wrong result or a crash in less usual but realistic circumstances",
        Severity.LOW: "a small wrong effect, or one that needs rare circumstances",
    }
)
