# What color is the thing between the black cat and the red pillow?
import math

def execute_command(image):
    image_patch = ImagePatch(image)
    cat = best_image_match(image_patch.find("cat"), ["black cat"])
    pillows = image_patch.find("pillow")
    red = [p for p in pillows if p.verify_property("pillow", "red")][0]
    middle_x = (cat.horizontal_center + red.horizontal_center) / 2
    middle_y = (cat.vertical_center + red.vertical_center) / 2
    candidates = [p for p in pillows if p is not red]
    candidates.sort(key=lambda p: math.sqrt((p.horizontal_center - middle_x) ** 2 + (p.vertical_center - middle_y) ** 2))
    return candidates[0].simple_query("What color is this?")
