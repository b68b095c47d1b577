# What numbers are these?
def execute_command(image):
    return [coerce_to_numeric(text) for text in ("twenty one", "10-15", "many", "1,250 people")]
