"""The account: cash, holdings, what fills do to them, and the margin they tie up."""
