# How many cows and sheep are there?
def execute_command(image):
    image_patch = ImagePatch(image)
    cows, sheep = image_patch.find("cow"), image_patch.find("sheep")
    return f"{len(cows)} cows, {len(sheep):d} sheep"
