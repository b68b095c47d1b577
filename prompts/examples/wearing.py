# Is the woman wearing a hat?


def execute_command(image):
    women = image.find("woman")
    if not women:
        return None
    woman = women[0]
    for hat in image.find("hat"):
        if hat.overlaps_with(woman.left, woman.lower, woman.right, woman.upper):
            return "yes"
    return "no"
