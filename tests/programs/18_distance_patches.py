# What color is the cup closest to the phone?
def execute_command(image):
    image_patch = ImagePatch(image)
    phone_patch = image_patch.find("phone")[0]
    cup_patches = image_patch.find("cup")
    cup_patches.sort(key=lambda cup: distance(cup, phone_patch))
    return cup_patches[0].simple_query("What color is this?")
