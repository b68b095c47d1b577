# Does anybody say "welcome"?
# media: video


def execute_command(video):
    said = " ".join(speech.text for speech in video.transcribe())
    return bool_to_yesno("welcome" in said.lower())
