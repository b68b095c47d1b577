# What is in the empty corner?
def execute_command(image):
    image_patch = ImagePatch(image)
    try:
        corner = image_patch.crop(10, 10, 10, 40)
        return corner.simple_query("What is this?")
    except Exception:
        return "nothing there"
