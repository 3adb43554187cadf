"""Carrying out one multi-leg trade: completely on, completely off, or stopped and reported."""
