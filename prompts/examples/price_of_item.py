# How much does the latte cost?


def execute_command(image):
    lines = image.text_lines()
    named = [line for line in lines if "latte" in (line.label or "").lower()]
    if not named:
        return None
    item = named[0]
    price = re.compile(r"[$€£]?\s?\d+(?:[.,]\d{2})?")
    # The price stands in the same line of text, or in the same row of the picture.
    row = [line for line in lines if abs(line.vertical_center - item.vertical_center) < item.height / 2]
    for line in sorted(row, key=lambda line: line.horizontal_center):
        found = price.search(line.label or "")
        if found:
            return found.group().strip()
    return None
