"""An expert of your own, in ten lines, and a profile that asks it: what is the mood of a picture?

python examples/own_expert.py examples/photos/page.png
"""

import sys

from sightline.tools.api import ImagePatch, use_runtime
from sightline.tools.experts import Expert, ExpertPool, ExpertRequest, InProcessRuntime, Profile, register
from sightline.tools.media import MediaStore
from sightline.tools.results import Answer


@register
class Mood(Expert):
    """Whether a picture is bright or gloomy."""

    name = "my-mood"
    capabilities = ("caption",)

    def serve(self, request: ExpertRequest) -> Answer:
        bright = float(request.pixels.mean()) / 255  # (H, W, 3) uint8 RGB
        return Answer(text="bright" if bright > 0.5 else "gloomy", confidence=abs(2 * bright - 1))


pool = ExpertPool(Profile(name="mine", experts={"caption": ("my-mood",)}))
media = MediaStore()
with use_runtime(InProcessRuntime(pool, media)):
    print(ImagePatch(media.add(sys.argv[1])).caption())
