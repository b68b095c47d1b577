# Are all the chairs made of wood?


def execute_command(image):
    chairs = image.find("chair")
    if not chairs:
        return None
    return bool_to_yesno(all(chair.verify_property("chair", "wooden") for chair in chairs))
