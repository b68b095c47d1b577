# Which animal takes the most room in the picture?
def execute_command(image):
    image_patch = ImagePatch(image)
    animals = []
    for name in ("cow", "sheep", "horse", "duck"):
        animals.extend((name, patch) for patch in image_patch.find(name))
    best_name, best_area, i = None, 0, 0
    while i < len(animals):
        name, patch = animals[i]
        area = patch.width * patch.height
        if area > best_area:
            best_name, best_area = name, area
        i += 1
    return best_name
