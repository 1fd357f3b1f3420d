"""Scheduled work, and what a person may ask for about their own data."""
