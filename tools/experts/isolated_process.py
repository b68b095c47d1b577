"""The other side of `isolated`: the process of one expert. It reads requests, serves them, and ends with its pool.

python -m sightline.tools.experts.isolated_process '{"fd": 3, "module": "...", "class": "...", "settings": {}, ...}'
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from ..capabilities import asked_of_experts
from ..errors import ExpertFailed, SightlineError
from ..framing import BadFrame, Encoder
from . import faults
from .base import Expert, ExpertRequest, Outcome, Whole
from .messages import receive, send
from .messages import told as told_of
from .packing import MOST_BYTES, packed, unpacked

__all__ = ["main"]


def main(told: dict[str, Any]) -> None:
    """Load the expert, say so, and serve until the pool's end closes."""
    connection = socket.socket(fileno=told["fd"])
    encoder = Encoder(MOST_BYTES)
    try:
        expert = _expert(told)
        expert.load()
        send(connection, encoder, {"measured_mb": expert.measured_mb()})
    except Exception as error:
        cls = getattr(sys.modules.get(told["module"]), told["class"], Expert)
        send(connection, encoder, {"error": told_of(faults.loading_failed(cls, error))})
        return
    while True:
        try:
            message = receive(connection)
        except (EOFError, BadFrame):
            return
        try:
            reply = _served(expert, message)
        except Exception as error:
            if faults.out_of_memory(error):
                reply = {"memory": True}
            else:
                reply = {"error": told_of(faults.raised(type(expert), message["requests"][0]["capability"], error))}
        try:
            frame = encoder.frame(reply)
        except (TypeError, ValueError, OverflowError, BadFrame):
            unusable = ExpertFailed("an expert gave a result that cannot be sent", reason="garbage")
            frame = encoder.frame({"error": told_of(unusable)})
        connection.sendall(frame)


def _expert(told: dict[str, Any]) -> Expert:
    found: Any = import_module(told["module"])
    for part in told["class"].split("."):
        found = getattr(found, part)
    expert: Expert = found()
    expert.settings, expert.device = told["settings"], told["device"]
    return expert


def _served(expert: Expert, message: dict[str, Any]) -> dict[str, Any]:
    requests = [_request(each) for each in message["requests"]]
    outcomes: Sequence[Outcome] = expert.serve_many(requests) if message["many"] else [expert.serve(requests[0])]
    plain = []
    for request, given in zip(requests, outcomes, strict=True):
        outcome = faults.checked(type(expert), request.capability, given)
        error = isinstance(outcome, SightlineError)
        plain.append({"error": told_of(outcome)} if error else {"result": packed(outcome.model_dump())})  # type: ignore[union-attr,arg-type]
    return {"outcomes": plain}


def _request(data: dict[str, Any]) -> ExpertRequest:
    pixels, whole = unpacked(data["pixels"]), data["whole"]
    around = None if whole is None or whole["pixels"] is None else unpacked(whole["pixels"])
    return ExpertRequest(
        capability=data["capability"],
        arguments=asked_of_experts(data["capability"]).check_arguments(data["arguments"]),
        pixels=pixels,
        mask=unpacked(data["mask"]),
        whole=None
        if whole is None
        else Whole(id=whole["id"], pixels=pixels if around is None else around, box=tuple(whole["box"])),
    )


if __name__ == "__main__":
    os.setpgid(0, 0)  # an interrupt at the keyboard is for the pool, which ends this process in its own time
    main(json.loads(sys.argv[1]))
