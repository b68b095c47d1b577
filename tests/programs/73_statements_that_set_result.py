# How many pieces of fruit are there?
image_patch = ImagePatch(image)
fruits = image_patch.find("fruit")
result = len(fruits)
