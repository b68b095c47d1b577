# Read all the text in the picture.


def execute_command(image):
    return image.read_text() or None
