# How many of the cups are blue?


def execute_command(image):
    cups = image.find("cup")
    return len([cup for cup in cups if cup.verify_property("cup", "blue")])
