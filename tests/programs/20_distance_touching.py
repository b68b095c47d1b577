# Do the books touch?
def execute_command(image):
    image_patch = ImagePatch(image)
    books = image_patch.find("book")
    books.sort(key=lambda b: b.vertical_center)
    gap = distance(books[0], books[1])
    desk = image_patch.find("desk")[0]
    return gap == 2 and distance(books[0], desk) < 0
