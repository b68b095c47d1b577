# Are there exactly two red cars and more than one bus?
def execute_command(image):
    image_patch = ImagePatch(image)
    red_cars = [car for car in image_patch.find("car") if car.verify_property("car", "red")]
    buses = image_patch.find("bus")
    return bool_to_yesno(len(red_cars) == 2 and len(buses) > 1)
