# How many apples, bananas and pears are there?
def execute_command(image):
    image_patch = ImagePatch(image)
    found = image_patch.find(["apple", "banana", "pear"])
    return {name: len(patches) for name, patches in found.items()}
