"""Static analysers: they read text, run nothing of it and read no configuration but ours.

What is *not* here: which findings matter. An analyser reports whole files; the engine keeps what is on added
lines.
"""

from workers.analysers.registry import static_analysers as static_analysers
