# Which chair is nearest to the window?


def execute_command(image):
    windows = image.find("window")
    chairs = image.find("chair")
    if not windows or not chairs:
        return None
    return min(chairs, key=lambda chair: distance(chair, windows[0]))
