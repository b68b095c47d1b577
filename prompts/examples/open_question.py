# What is the man doing?


def execute_command(image):
    men = image.find("man")
    patch = men[0] if men else image
    return patch.simple_query("What is the man doing?")
