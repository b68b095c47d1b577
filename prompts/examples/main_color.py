# What is the dominant color of this picture?


def execute_command(image):
    return image.color()
