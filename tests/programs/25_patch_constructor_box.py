# How many cats are in the left half or on the right?
def execute_command(image):
    whole = ImagePatch(image)
    left = ImagePatch(image, left=0, lower=0, right=450, upper=600)
    right = ImagePatch(image, 450, 0, 900, 600)
    return len(left.find("cat")) + len(right.find("cat"))
