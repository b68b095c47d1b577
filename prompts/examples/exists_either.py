# Can you see a cat or a rabbit?


def execute_command(image):
    return bool_to_yesno(image.exists("cat") or image.exists("rabbit"))
