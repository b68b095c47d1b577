# How many apples are in the left and in the right half?
def execute_command(image):
    image_patch = ImagePatch(image)
    left_half = image_patch.crop(0, 0, image_patch.width // 2, image_patch.height)
    right_half = image_patch.crop(image_patch.width / 2, 0, image_patch.width, image_patch.height)
    return [len(left_half.find("apple")), len(right_half.find("apple"))]
