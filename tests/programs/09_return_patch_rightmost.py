# the vehicle furthest to the right
def execute_command(image):
    image_patch = ImagePatch(image)
    vehicles = image_patch.find("car") + image_patch.find("van") + image_patch.find("bus")
    vehicles.sort(key=lambda vehicle: vehicle.horizontal_center, reverse=True)
    return vehicles[0]
