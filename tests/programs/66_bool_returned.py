# Is the red car to the left of the black car?
def execute_command(image) -> bool:
    image_patch = ImagePatch(image)
    red, black = (image_patch.find(f"{color} car")[0] for color in ("red", "black"))
    return red.horizontal_center < black.horizontal_center
