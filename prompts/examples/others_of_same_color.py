# How many other things are the same color as the small cube?


def execute_command(image):
    cubes = image.find("cube")
    if not cubes:
        return None
    cube = min(cubes, key=lambda patch: patch.area)
    color = cube.color()
    return len([thing for thing in image.find("object") if thing != cube and thing.color() == color])
