"""Experts whose weights come from the Hugging Face hub, through transformers: one small class for each family.

Nothing is downloaded by asking: an expert whose weights are not here says so and names the command. Safetensors only,
and never code from a repository.
"""

from __future__ import annotations
