"""Keeping within limits, ours and others'."""
