"""When a person is called, as the business sets it: versions of it, and what each means."""
