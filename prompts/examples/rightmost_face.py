# Show the face on the far right.


def execute_command(image):
    faces = image.faces()
    if not faces:
        return None
    return max(faces, key=lambda face: face.horizontal_center)
