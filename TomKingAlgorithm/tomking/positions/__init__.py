"""What we hold and why: multi-leg positions as a fold of fills."""
