# Does the word "exit" appear anywhere?


def execute_command(image):
    return bool_to_yesno("exit" in image.read_text().lower())
