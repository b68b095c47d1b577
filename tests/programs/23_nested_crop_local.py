# the face of the bald man
def execute_command(image):
    image_patch = ImagePatch(image)
    man_patches = image_patch.find("man")
    bald_man = [man for man in man_patches if man.verify_property("man", "bald")][0]
    # the upper part, in coordinates of the man's own patch
    head_patch = bald_man.crop(0, bald_man.height - 120, bald_man.width, bald_man.height)
    face_patch = head_patch.find("face")[0]
    return head_patch.crop(face_patch.left - head_patch.left, face_patch.lower - head_patch.lower, face_patch.right - head_patch.left, face_patch.upper - head_patch.lower)
