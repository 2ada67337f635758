"""The buttons that need the repository's address: shown where `_config.yml` gives one, left out where it doesn't."""

BUTTONS = ("use_repository_button", "use_issues_button", "use_edit_page_button")


def setup(app):
    app.connect("config-inited", show_buttons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def show_buttons(app, config):
    address = config.html_theme_options.get("repository_url")
    config.html_theme_options.update({button: bool(address) for button in BUTTONS})
