# How many other objects have the same shape and color as the small yellow cube's neighbour, the gray cylinder?
def execute_command(image):
    image_patch = ImagePatch(image)
    cylinder = image_patch.find("gray cylinder")[0]
    color = cylinder.simple_query("What color is this?")
    others = [o for o in image_patch.find("object") if not (o.left == cylinder.left and o.lower == cylinder.lower)]
    return sum(1 for o in others if o.simple_query("What color is this?") == color)
