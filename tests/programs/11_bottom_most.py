# Which toy is lowest, the ball or the kite?
def execute_command(image):
    image_patch = ImagePatch(image)
    ball_patch = image_patch.find("ball")[0]
    kite_patch = image_patch.find("kite")[0]
    if ball_patch.vertical_center < kite_patch.vertical_center:
        return "ball"
    else:
        return "kite"
