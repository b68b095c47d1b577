# How many cookies can each child have if they share them fairly?


def execute_command(image):
    children = image.find("child")
    cookies = image.find("cookie")
    if not children:
        return None
    return len(cookies) // len(children)
