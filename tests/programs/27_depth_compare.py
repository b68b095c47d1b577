# Is the brown cow closer to the camera than the white cow?
def execute_command(image):
    image_patch = ImagePatch(image)
    brown_cow = image_patch.find("brown cow")[0]
    white_cow = image_patch.find("white cow")[0]
    return bool_to_yesno(brown_cow.compute_depth() < white_cow.compute_depth())
