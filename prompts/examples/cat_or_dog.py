# Is the animal a cat or a dog?


def execute_command(image):
    animals = image.find("animal")
    patch = animals[0] if animals else image
    return patch.best_text_match(["cat", "dog"])
