"""Turns: one answer to all that the contact has said since the last."""
