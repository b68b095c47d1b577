# Is anybody smiling, and is everybody smiling?
def execute_command(image):
    image_patch = ImagePatch(image)
    people = image_patch.find("people")
    anyone = any(person.verify_property("person", "smiling") for person in people)
    everyone = all(person.verify_property("person", "smiling") for person in people)
    return [anyone, everyone]
