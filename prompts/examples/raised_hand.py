# Does somebody raise a hand?


def execute_command(image):
    for person in image.pose():
        points = person.keypoints
        for side in ("left", "right"):
            wrist, shoulder = points.get(side + "_wrist"), points.get(side + "_shoulder")
            if wrist and shoulder and wrist[1] > shoulder[1]:
                return "yes"
    return "no"
