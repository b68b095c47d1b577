# What does the sign say?


def execute_command(image):
    signs = image.find("sign")
    patch = max(signs, key=lambda sign: sign.area) if signs else image
    text = patch.read_text() or image.read_text()
    return text or None
