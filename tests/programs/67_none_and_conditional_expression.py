# Is the orange cat awake or sleeping?
def execute_command(image):
    image_patch = ImagePatch(image)
    cats = image_patch.find("orange cat")
    cat = cats[0] if cats else None
    state = "awake" if cat is not None and cat.verify_property("cat", "awake") else "sleeping"
    return "the cat is {}".format(state)
