# What is the gray thing?
def execute_command(image):
    image_patch = ImagePatch(image)
    gray = [patch for patch in image_patch.find("object") if patch.color() == "gray"]
    return gray[0].simple_query()
