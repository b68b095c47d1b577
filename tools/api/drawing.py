"""New images that are made from a patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ApiMisuse
from .arguments import real, text, whole
from .refs import ImageRef, reference_from_wire
from .region import Region, part_of_a_patch

if TYPE_CHECKING:
    from .image_patch import ImagePatch

__all__ = ["Drawing"]


@part_of_a_patch
class Drawing(Region):
    """The part of a patch that makes new images."""

    __slots__ = ()

    def edges(self) -> ImagePatch:
        """Returns a new image: the edges of this patch, white on black."""
        return self._new_image("edges", {})

    def edit(self, instruction: str) -> ImagePatch:
        """Returns a new image: this patch changed as the instruction says ("make it black and white")."""
        return self._new_image("edit", {"instruction": text("instruction", instruction)})

    def remove(self, name: str) -> ImagePatch:
        """Returns a new image without the things named so."""
        return self._new_image("inpaint", {"name": text("name", name), "prompt": None})

    def replace(self, name: str, prompt: str) -> ImagePatch:
        """Returns a new image in which the things named so are replaced by what the prompt says."""
        return self._new_image("inpaint", {"name": text("name", name), "prompt": text("prompt", prompt)})

    def outpaint(self, width: int, height: int, prompt: str | None = None) -> ImagePatch:
        """Returns a new image of that size in pixels: this patch in the middle, continued on all sides."""
        size = {"width": whole("width", width), "height": whole("height", height)}
        if size["width"] < self.width or size["height"] < self.height:
            raise ApiMisuse(
                f"outpaint continues a patch: {size['width']}x{size['height']} is less than its own size, "
                f"{self.width}x{self.height} pixels"
            )
        return self._new_image("outpaint", {**size, "prompt": _optional("prompt", prompt)})

    def vary(self, prompt: str | None = None, strength: float = 0.6, seed: int = 0) -> ImagePatch:
        """Returns a new image that is like this patch; `strength`, 0 to 1, is how far from it.

        Another seed gives another one.
        """
        arguments = {"prompt": _optional("prompt", prompt), "strength": real("strength", strength)}
        return self._new_image("vary", {**arguments, "seed": whole("seed", seed)})

    def map(self, kind: str) -> ImagePatch:
        """Returns a new image: the "canny", "lines", "soft_edges", "scribble", "pose", "depth", "normals" or "segments"
        map of this patch.

        Example:
            >>> image_patch.map("depth")
        """
        return self._new_image("map", {"kind": text("kind", kind)})

    def redraw(self, kind: str, prompt: str, drawn: bool = False, seed: int = 0) -> ImagePatch:
        """Returns a new image of what the prompt says, with the shapes of this patch: it follows the map of that kind.

        With `drawn` this patch is such a map itself; see map.

        Example:
            >>> image_patch.redraw("scribble", "a watercolor of a harbor", drawn=True)
        """
        arguments = {"kind": text("kind", kind), "prompt": text("prompt", prompt), "drawn": bool(drawn)}
        return self._new_image("redraw", {**arguments, "seed": whole("seed", seed)})

    def blur_background(self, name: str | None = None) -> ImagePatch:
        """Returns a new image: all but the things named so is blurred; without a name, all but the foreground."""
        return self._new_image("set_apart", {"name": _optional("name", name), "how": "blur"})

    def color_pop(self, name: str | None = None) -> ImagePatch:
        """Returns a new image: all but the things named so is gray; without a name, all but the foreground."""
        return self._new_image("set_apart", {"name": _optional("name", name), "how": "gray"})

    def _new_image(self, capability: str, arguments: dict[str, Any]) -> ImagePatch:
        ref = reference_from_wire(self._ask(capability, arguments)["image"])
        if not isinstance(ref, ImageRef):
            raise ApiMisuse(f"{capability} gave a video where an image was expected")
        return self._over(ref, self._runtime)


def _optional(name: str, value: Any) -> str | None:
    return None if value is None else text(name, value)
