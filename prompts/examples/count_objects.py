# How many bicycles are in the picture?


def execute_command(image):
    return len(image.find("bicycle"))
