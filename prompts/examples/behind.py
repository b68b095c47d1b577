# Is there a person behind the counter?


def execute_command(image):
    counters = image.find("counter")
    if not counters:
        return None
    counter_depth = counters[0].compute_depth()
    for person in image.find("person"):
        if person.compute_depth() > counter_depth:
            return "yes"
    return "no"
