# What is the material of the small thing nearest to the large yellow ball?
def execute_command(image):
    image_patch = ImagePatch(image)
    ball = image_patch.find("large yellow ball")[0]
    small = [thing for thing in image_patch.find("small thing")]
    nearest = min(small, key=lambda thing: distance(thing, ball))
    return nearest.simple_query("What material is this made of?")
