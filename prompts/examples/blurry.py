# Is this photo blurry or too dark?


def execute_command(image):
    return bool_to_yesno(image.sharpness() < 0.3 or image.brightness() < 0.2)
