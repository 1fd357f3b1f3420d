"""Finding conversations by words that were said in them, by names and by numbers."""
