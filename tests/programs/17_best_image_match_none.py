# Which cat is black?
def execute_command(image):
    image_patch = ImagePatch(image)
    best = best_image_match(image_patch.find("cat"), ["black cat"])
    if best is None:
        return "none"
    return best.simple_query("What color is the cat?")
