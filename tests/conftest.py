"""What holds for the whole suite."""

from __future__ import annotations

from hypothesis import settings
from stress import STRESS

# a slow or busy machine is no failure
settings.register_profile("house", deadline=None, max_examples=100 * STRESS)
settings.load_profile("house")
