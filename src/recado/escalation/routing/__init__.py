"""Who of a department gets a conversation that waits, and what happens when nobody comes."""
