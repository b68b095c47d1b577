# Which is closer to the camera, the bus or the truck?


def execute_command(image):
    buses = image.find("bus")
    trucks = image.find("truck")
    if not buses or not trucks:
        return None
    if buses[0].compute_depth() < trucks[0].compute_depth():
        return "bus"
    return "truck"
