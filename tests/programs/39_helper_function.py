# How many small things are in front of the green cylinder and to its right?
def is_in_front(patch, other):
    return patch.compute_depth() < other.compute_depth()

def execute_command(image):
    image_patch = ImagePatch(image)
    cylinder = [c for c in image_patch.find("cylinder") if c.verify_property("cylinder", "green")][0]

    def right_of(patch):
        return patch.horizontal_center > cylinder.horizontal_center

    things = image_patch.find("object")
    chosen = [thing for thing in things if is_in_front(thing, cylinder) and right_of(thing)]
    return len(chosen)
