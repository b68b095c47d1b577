# all open umbrellas
def execute_command(image):
    image_patch = ImagePatch(image)
    open_umbrellas = [patch for patch in image_patch.find("umbrella") if patch.verify_property("umbrella", "open")]
    return sorted(open_umbrellas, key=lambda patch: patch.left)
