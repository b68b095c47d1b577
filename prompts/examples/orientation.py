# Is the picture wider than it is tall?


def execute_command(image):
    return bool_to_yesno(image.width > image.height)
