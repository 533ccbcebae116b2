"""The REST routes, one file for each area, and the machinery that they share (routing.py)."""
