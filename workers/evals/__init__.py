"""Evaluation: the engine on changes whose defects are known, with any model, and what came of it.

What is *not* here: the engine itself (workers.review). Nothing of a running service imports this package.
"""
