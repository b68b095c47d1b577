# How many cars are there of each color?
def execute_command(image):
    image_patch = ImagePatch(image)
    counts = {}
    for car_patch in image_patch.find("car"):
        color = car_patch.simple_query("What color is the car?")
        counts[color] = counts.get(color, 0) + 1
    return counts
