# Which word is at the very top?


def execute_command(image):
    lines = image.text_lines()
    if not lines:
        return None
    return max(lines, key=lambda line: line.vertical_center).label
