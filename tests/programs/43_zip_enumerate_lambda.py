# What is written on the tallest book?
def execute_command(image):
    image_patch = ImagePatch(image)
    books = image_patch.find("book")
    heights = [book.height for book in books]
    tallest_index, _ = max(enumerate(heights), key=lambda pair: pair[1])
    return books[tallest_index].read_text()
