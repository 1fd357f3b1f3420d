"""`python -m recado`."""

from recado.app.cli import main

main()
