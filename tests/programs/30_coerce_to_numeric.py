# How much do the shampoo, soap and coffee at $5.25 cost together?
def execute_command(image):
    image_patch = ImagePatch(image)
    total = 0
    for price in ["$4.99", "1.50", "5.25 dollars"]:
        total += coerce_to_numeric(price)
    return round(total, 2)
