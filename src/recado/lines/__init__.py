"""Lines: the business's addresses on channels, how they stand, and what they receive."""
