# Where is the dog?
def execute_command(image):
    image_patch = ImagePatch(image)
    for patch in image_patch.find("dog"):
        return patch
