# Counting from zero, which person from the left is the tallest?
def execute_command(image):
    image_patch = ImagePatch(image)
    people = sorted(image_patch.find("person"), key=lambda p: p.horizontal_center)
    return np.argmax(np.array([p.height for p in people]))
