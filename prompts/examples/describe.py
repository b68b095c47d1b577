# Describe this photo.


def execute_command(image):
    return image.caption()
