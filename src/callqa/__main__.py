"""`python -m callqa`."""

from callqa.cli import main

main()
