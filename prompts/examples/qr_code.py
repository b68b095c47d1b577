# What does the QR code say?


def execute_command(image):
    codes = image.codes()
    return codes[0].label if codes else None
