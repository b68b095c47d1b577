# What are the two tallest metal things, the taller first?
def execute_command(image):
    image_patch = ImagePatch(image)
    metal = [thing for thing in image_patch.find("thing") if thing.verify_property("thing", "metal")]
    metal.sort(key=lambda thing: (-thing.height, -thing.left))
    return [thing.simple_query("What shape is this?") for thing in metal[:2]]
