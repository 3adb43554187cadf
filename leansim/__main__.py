"""``python -m leansim``."""

from leansim.cli import main

main()
