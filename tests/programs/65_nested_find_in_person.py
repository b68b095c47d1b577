# the hat of the man in the blue shirt
def execute_command(image):
    image_patch = ImagePatch(image)
    man = [m for m in image_patch.find("man") if m.verify_property("man", "blue shirt")][0]
    head = image_patch.crop(man.left, man.vertical_center, man.right, man.upper + 40)
    return head.find("hat")[0]
