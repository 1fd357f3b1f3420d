"""What is known about a contact: found in their messages, corrected and erased by people."""
