# Where is the middle part of the red pillow?
def execute_command(image):
    image_patch = ImagePatch(image)
    pillow = image_patch.find("red pillow")[0]
    part = pillow.crop(0, 0, 40, 60).crop(10, 0, 30, 50)
    return [part.left, part.lower, part.right, part.upper]
