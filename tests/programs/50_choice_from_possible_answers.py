# Which is on the left?
def execute_command(image, possible_answers, query):
    image_patch = ImagePatch(image)
    patches = [image_patch.find(answer)[0] for answer in possible_answers]
    lefts = np.array([patch.horizontal_center for patch in patches])
    return possible_answers[np.argmin(lefts)]
