"""Text into nouns: diffs, policy files, slash commands. Pure functions on values that strangers wrote.

What is *not* here: fetching any of it (bot.github), and words for people (bot.rendering).
"""
