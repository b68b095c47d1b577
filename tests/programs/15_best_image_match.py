# the small white dog
def execute_command(image):
    image_patch = ImagePatch(image)
    dog_patches = image_patch.find("dog")
    return best_image_match(dog_patches, ["small dog", "white dog"])
