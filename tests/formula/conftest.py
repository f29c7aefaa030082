"""Generated examples are the same in every run, so that a failure is everybody's."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("eqtest", derandomize=True, deadline=None, database=None)
settings.load_profile("eqtest")
