"""The departments of the team: who belongs to each, when it is there, and how it takes turns."""
