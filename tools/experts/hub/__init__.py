"""Experts whose weights somebody published, through transformers and the libraries of their makers: one small class for
each family.

Nothing is downloaded by asking: an expert whose weights are not here says so and names the command. Files that could
run code are opened as data only, or refused with the name of the setting that allows them.
"""

from __future__ import annotations
