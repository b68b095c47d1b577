# What is to the right of the laptop?


def execute_command(image):
    laptops = image.find("laptop")
    if not laptops:
        return None
    laptop = laptops[0]
    if laptop.right >= image.right:
        return None
    # crop takes coordinates local to the patch that is cropped.
    beside = image.crop(laptop.right - image.left, 0, image.width, image.height)
    return beside.simple_query("What is this?")
