# How much change was given?
def execute_command(image):
    image_patch = ImagePatch(image)
    for line in image_patch.text_lines():
        if "change" in line.label.lower():
            return coerce_to_numeric(line.label)
    return None
