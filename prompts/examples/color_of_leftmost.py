# What color is the car on the left?


def execute_command(image):
    cars = image.find("car")
    if not cars:
        return None
    leftmost = min(cars, key=lambda car: car.horizontal_center)
    return leftmost.color()
