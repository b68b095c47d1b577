# What is the largest line of text in the picture?
# sightline run examples/largest_text.py examples/photos/page.png


def execute_command(image):
    lines = image.text_lines()
    if not lines:
        return None
    largest = max(lines, key=lambda line: line.height)
    return largest.label
