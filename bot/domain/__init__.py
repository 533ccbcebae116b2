"""The nouns of a review: frozen values, standard library only, no I/O.

What is *not* here: parsing (bot.parsing), words for people (bot.rendering), anything that talks to a network.
"""
