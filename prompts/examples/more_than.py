# Are there more apples than oranges?


def execute_command(image):
    found = image.find(["apple", "orange"])
    return bool_to_yesno(len(found["apple"]) > len(found["orange"]))
