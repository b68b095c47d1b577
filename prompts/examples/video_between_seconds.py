# What color is the car between second 2 and second 4?
# media: video


def execute_command(video):
    for frame in video.between(2, 4).frame_iterator():
        cars = frame.find("car")
        if cars:
            return cars[0].color()
    return None
