"""Service levels: how soon a person answers and settles what was handed over, and who is told."""
