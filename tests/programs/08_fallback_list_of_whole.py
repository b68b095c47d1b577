# the person in the blue shirt
def execute_command(image) -> ImagePatch:
    image_patch = ImagePatch(image)
    person_patches = image_patch.find("person")
    if len(person_patches) == 0:
        person_patches = [image_patch]
    return person_patches[0]
