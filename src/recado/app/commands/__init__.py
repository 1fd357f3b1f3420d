"""The commands of `recado`, by subject (see cli.py)."""
