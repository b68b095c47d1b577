# the duck that is furthest to the right among the nearest birds
def execute_command(image):
    image_patch = ImagePatch(image)
    ducks = image_patch.find("bird")
    depths = np.array([duck.compute_depth() for duck in ducks])
    nearest = [duck for duck, depth in zip(ducks, depths) if depth <= depths.min()]
    centers = [duck.horizontal_center for duck in nearest]
    return nearest[np.argmax(centers)]
