# What does the label of the third bottle from the left say?


def execute_command(image):
    bottles = sorted(image.find("bottle"), key=lambda bottle: bottle.horizontal_center)
    if len(bottles) < 3:
        return None
    return bottles[2].read_text() or None
