# Is the black cat on the sofa?
def execute_command(image):
    image_patch = ImagePatch(image)
    sofa_patch = image_patch.find("sofa")[0]
    for cat_patch in image_patch.find("cat"):
        if cat_patch.verify_property("cat", "black"):
            return bool_to_yesno(cat_patch.overlaps_with(sofa_patch.left, sofa_patch.lower, sofa_patch.right, sofa_patch.upper))
    return "no"
