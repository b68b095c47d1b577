# Is the leftmost dog brown?
def execute_command(image):
    image_patch = ImagePatch(image)
    dog_patches = image_patch.find("dog")
    dog_patches.sort(key=lambda dog: dog.horizontal_center)
    return dog_patches[0].verify_property("dog", "brown")
