# Are there both forks and knives on the table?


def execute_command(image):
    return bool_to_yesno(image.exists("fork") and image.exists("knife"))
