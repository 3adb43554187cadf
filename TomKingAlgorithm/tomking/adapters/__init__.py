"""The outside, one outside a file: LEAN (`lean_*`) and Tastytrade (`tastytrade_*`)."""
