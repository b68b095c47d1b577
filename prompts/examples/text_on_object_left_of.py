# What is written on the box to the left of the plant?


def execute_command(image):
    plants = image.find("plant")
    if not plants:
        return None
    plant = plants[0]
    boxes = [box for box in image.find("box") if box.horizontal_center < plant.horizontal_center]
    if not boxes:
        return None
    nearest = min(boxes, key=lambda box: distance(box, plant))
    return nearest.read_text() or None
