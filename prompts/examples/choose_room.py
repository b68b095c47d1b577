# Which room is this?
# options: kitchen | bathroom | office | bedroom


def execute_command(image, possible_answers, query):
    clues = {"kitchen": "stove", "bathroom": "toilet", "bedroom": "bed"}
    for room, thing in clues.items():
        if room in possible_answers and image.exists(thing):
            return room
    return image.best_text_match(possible_answers, prefix="a photo of a room that is a")
