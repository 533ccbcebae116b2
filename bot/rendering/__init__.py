"""Nouns of a review turned into every sentence that people read. Pure functions, no I/O.

Read first: `prose` (foreign text made harmless), `words` (small words shared by all surfaces), then one file
per surface: `comment`, `summary`, `check`, `replies`, `as_json`, `sarif`, `markdown`, `terminal`.

What is *not* here: words for models (prompts/), and posting (bot.github).
"""
