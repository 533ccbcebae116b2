"""Records as the JSON objects that GitHub sends, with every field that its API description requires.

What is *not* here: who may see them (auth.py) and which route sends them (api/).
"""
