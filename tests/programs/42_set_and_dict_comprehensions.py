# Which colors do the shirts have?
def execute_command(image):
    image_patch = ImagePatch(image)
    colors = {shirt.simple_query("What color is the shirt?") for shirt in image_patch.find("shirt")}
    by_color = {color: color for color in colors}
    return sorted(by_color)
