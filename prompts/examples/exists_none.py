# Is it true that nobody is on the beach?


def execute_command(image):
    return bool_to_yesno(not image.exists("person"))
