# From the left, which dog is asleep? (counting from zero)
def execute_command(image):
    image_patch = ImagePatch(image)
    dog_patches = sorted(image_patch.find("dog"), key=lambda d: d.horizontal_center)
    return best_image_match(list_patches=dog_patches, content=["sleeping dog"], return_index=True)
