# Do the two mugs have the same colour?


def execute_command(image):
    mugs = image.find("mug")
    if len(mugs) < 2:
        return None
    mugs.sort(key=lambda mug: mug.horizontal_center)
    return bool_to_yesno(mugs[0].color() == mugs[1].color())
