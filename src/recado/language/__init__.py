"""Spanish, Portuguese and English as people write them."""
