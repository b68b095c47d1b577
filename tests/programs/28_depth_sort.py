# What color is the boat in the back?
def execute_command(image):
    image_patch = ImagePatch(image)
    boat_patches = image_patch.find("boat")
    boat_patches.sort(key=lambda boat: boat.compute_depth())
    boat_patch_at_back = boat_patches[-1]
    return boat_patch_at_back.simple_query("What color is this boat?")
