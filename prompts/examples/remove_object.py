# Remove the trash can.


def execute_command(image):
    if not image.exists("trash can"):
        return None
    return image.remove("trash can")
