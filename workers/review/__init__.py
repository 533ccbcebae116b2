"""The engine: from a change to a review, in small pure steps around a few questions to models.

What is *not* here: GitHub, Redis, and words for people beyond a reason's half sentence (bot.rendering).
"""
