"""What holds for the whole suite."""

from __future__ import annotations

from hypothesis import settings

# a slow or busy machine is no failure
settings.register_profile("house", deadline=None)
settings.load_profile("house")
