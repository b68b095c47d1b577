"""How far the estimate of tokens is off, against a real vocabulary.

    python benchmarks/token_estimate.py --tokenizer FILE/tokenizer.json --json FILE

Any `tokenizer.json` of a language model will do; reading it needs the package `tokenizers`, which Sightline itself does
not. The texts are the prompts for the questions of all example programs, and the programs.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from statistics import fmean

from sightline.prompts import MediaFacts, PlanRequest, PromptManager
from sightline.prompts.library import Library
from sightline.prompts.tokens import estimate_tokens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tokenizer", type=Path, required=True, help="a tokenizer.json")
    parser.add_argument("--name", default=None, help="what to call the vocabulary in the result")
    parser.add_argument("--json", type=Path, default=None, help="write the figures here")
    options = parser.parse_args()

    from tokenizers import Tokenizer

    vocabulary = Tokenizer.from_file(str(options.tokenizer))
    ratios: dict[str, list[float]] = defaultdict(list)
    manager = PromptManager()
    for example in Library().examples:
        media = (MediaFacts(kind=example.kind, width=640, height=480),)
        prompt = manager.build(PlanRequest(question=example.question, media=media, options=example.options))
        texts = [(message.role, message.text) for message in prompt.messages] + [("program", example.source)]
        for kind, text in texts:
            ratios[kind].append(estimate_tokens(text) / len(vocabulary.encode(text).ids))
    figures = {
        "vocabulary": options.name or options.tokenizer.name,
        "size": vocabulary.get_vocab_size(),
        "estimate_over_count": {
            kind: {
                "n": len(found),
                "min": round(min(found), 3),
                "mean": round(fmean(found), 3),
                "max": round(max(found), 3),
            }
            for kind, found in ratios.items()
        },
    }
    text = json.dumps(figures, indent=2)
    print(text)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
