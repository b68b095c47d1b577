# all open umbrellas
def execute_command(image):
    image_patch = ImagePatch(image)
    return [patch for patch in image_patch.find("umbrella") if patch.verify_property("umbrella", "open")]
