# What color is the toy car nearest to the train?
def execute_command(image):
    image_patch = ImagePatch(image)
    patches = image_patch.find(["toy car", "train"])
    cars, trains = patches["toy car"], patches["train"]
    nearest = min(cars, key=lambda car: distance(car, trains[0]))
    return nearest.best_text_match(["red", "blue", "green"])
