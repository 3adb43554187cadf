"""What the world is: contracts, legs, quotes, chains, greeks, sessions. Immutable, and without opinion."""
