# How many people are looking at the camera?


def execute_command(image):
    return len(image.faces())
