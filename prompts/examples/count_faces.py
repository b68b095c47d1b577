# How many faces look at the camera?


def execute_command(image):
    return len(image.faces())
