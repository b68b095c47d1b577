# Blur everything but the child.


def execute_command(image):
    if not image.exists("child"):
        return None
    return image.blur_background("child")
