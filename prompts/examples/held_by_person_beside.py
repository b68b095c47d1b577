# What is the woman next to the red car holding?


def execute_command(image):
    cars = image.find("car")
    red_cars = [car for car in cars if car.verify_property("car", "red")] or cars
    women = image.find("woman")
    if not red_cars or not women:
        return None
    woman = min(women, key=lambda patch: distance(patch, red_cars[0]))
    return woman.simple_query("What is the woman holding?")
