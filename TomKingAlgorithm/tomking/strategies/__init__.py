"""What to trade, when, how big, when out: specifications and pure functions over them."""
