"""The text of a change's files, and the code around a hunk.

What is *not* here: how the code is shown to a model (workers.review.bundles).
"""
