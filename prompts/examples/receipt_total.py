# What is the total on the receipt?


def execute_command(image):
    amount = re.compile(r"\d+[.,]\d{2}")
    lines = image.text_lines()
    for label in lines:
        if (label.label or "").lower().startswith("total"):
            row = [line for line in lines if abs(line.vertical_center - label.vertical_center) < label.height / 2]
            for line in row:
                found = amount.search(line.label or "")
                if found:
                    return found.group()
    return None
