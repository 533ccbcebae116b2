"""Berth bookings for a small harbour."""
