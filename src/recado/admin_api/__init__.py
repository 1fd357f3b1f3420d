"""The admin API: every feature's routes in one description."""
