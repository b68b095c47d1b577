# Show me the book that is above the vase.


def execute_command(image):
    vases = image.find("vase")
    if not vases:
        return None
    vase = vases[0]
    # y is up: what is above has the larger vertical_center.
    above = [book for book in image.find("book") if book.vertical_center > vase.vertical_center]
    if not above:
        return None
    return min(above, key=lambda book: distance(book, vase))
