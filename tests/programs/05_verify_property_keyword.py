# Which colours do the apples have that are not red?
def execute_command(image):
    image_patch = ImagePatch(image)
    not_red = [apple for apple in image_patch.find("apple") if not apple.verify_property(object_name="apple", property="red")]
    return [apple.simple_query("What color is the apple?") for apple in not_red]
