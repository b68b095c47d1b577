# the man in the green jacket


def execute_command(image):
    men = image.find("man")
    matching = [man for man in men if man.verify_property("man", "green jacket")]
    if matching:
        return matching[0]
    return best_image_match(men, ["man in a green jacket"])
