"""Sending: replies out, statuses back, the unknown settled by evidence."""
