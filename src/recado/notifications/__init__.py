"""Who of the team is told of what, by which channel, and what became of each notification."""
