# Find the biggest pumpkin.


def execute_command(image):
    pumpkins = image.find("pumpkin")
    if not pumpkins:
        return None
    return max(pumpkins, key=lambda pumpkin: pumpkin.area)
