# What is the weather like?
# options: sunny | rainy | snowy


def execute_command(image, possible_answers, query):
    return image.best_text_match(possible_answers, prefix="a photo of weather that is")
