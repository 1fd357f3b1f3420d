"""Services of Amazon's that help to understand what is written: one client for each."""
