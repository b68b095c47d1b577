"""Questions with reasons: the answer is that of the planner's own program, thoughts point at what is there."""

import random
import re
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sightline.tools.mllm.multimodal.asking import FAMILIES, questions
from sightline.tools.mllm.multimodal.places import read_box
from sightline.tools.mllm.multimodal.reasoning import Unanswerable, reason
from sightline.tools.mllm.multimodal.scene import Scene, Seen
from sightline.tools.mllm.multimodal.tasks import TASKS, task
from sightline.tools.mllm.planner.names import UnusableName  # noqa: F401
from sightline.tools.mllm.planner.plan import Span, build
from sightline.tools.mllm.planner.questions.wording import Leaf
from sightline.tools.mllm.planner.render import render
from sightline.tools.mllm.planner.tokens import tokenize
from sightline.tools.mllm.planner.true_scenes import UnknownName, run

from . import tiny
