# Is the umbrella open?


def execute_command(image):
    umbrellas = image.find("umbrella")
    if not umbrellas:
        return None
    return bool_to_yesno(umbrellas[0].verify_property("umbrella", "open"))
