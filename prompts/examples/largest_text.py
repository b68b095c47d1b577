# What is the title of this poster?


def execute_command(image):
    lines = image.text_lines()
    if not lines:
        return None
    return max(lines, key=lambda line: line.height).label
