"""The lowest floor: the program API, media, capabilities, experts and native models. Import its parts by name."""
