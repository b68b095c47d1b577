# Is the lamp to the left of the sofa?


def execute_command(image):
    lamps = image.find("lamp")
    sofas = image.find("sofa")
    if not lamps or not sofas:
        return None
    return bool_to_yesno(lamps[0].horizontal_center < sofas[0].horizontal_center)
