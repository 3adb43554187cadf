"""May we trade: validators, limits and the account's phases."""
