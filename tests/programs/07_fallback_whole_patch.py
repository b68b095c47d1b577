# What is the animal next to the lamp doing?
def execute_command(image)->str:
    image_patch = ImagePatch(image)
    animal_patches = image_patch.find("animal")
    # Question assumes only one animal patch
    if len(animal_patches) == 0:
        # If no animal is found, query the image directly
        return image_patch.simple_query("What is the animal next to the lamp doing?")
    return animal_patches[0].simple_query("What is the animal doing?")
