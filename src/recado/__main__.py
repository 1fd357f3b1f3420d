"""`python -m recado`."""

from recado.cli import main

main()
