# Is there a dog in this photo?


def execute_command(image):
    return bool_to_yesno(image.exists("dog"))
