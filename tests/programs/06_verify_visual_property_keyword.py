# How many people wear a hat?
def execute_command(image) -> int:
    image_patch = ImagePatch(image)
    count = 0
    for person_patch in image_patch.find("person"):
        if person_patch.verify_property(object_name="person", visual_property="wearing a hat"):
            count += 1
    return count
