"""Which data arrive when: subscriptions, the frontier, fill-forward, universes, history."""
