# How many people and umbrellas and bicycles are in the street?
from typing import List

def execute_command(image) -> int:
    image_patch: ImagePatch = ImagePatch(image)
    names: List[str] = ["person", "umbrella", "bicycle"]
    total: int = 0
    for name in names:
        total += len(image_patch.find(name))
    return total
