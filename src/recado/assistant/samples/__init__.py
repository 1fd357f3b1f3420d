"""A fictional business that Recado speaks for until the operator teaches it another."""
