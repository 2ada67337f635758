"""What needs the book's address: left out, not dead, until `_config.yml` gives one.

`repository.url` is where the source lives; `html.baseurl` where the site is read, for a repository on GitHub its Pages unless
set. From these come the buttons (source, edit, report, Binder, Colab), the sitemap and what a link to a page shows elsewhere.

    :::{needs-address}
    Text with <address>, shown only where the repository has one.
    :::
"""

import re
from urllib.parse import urlsplit

import description
from sphinx.util.docutils import SphinxDirective

BUTTONS = ("use_repository_button", "use_issues_button", "use_edit_page_button")
ON_GITHUB = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")


class NeedsAddress(SphinxDirective):
    has_content = True

    def run(self):
        address = self.config.html_theme_options.get("repository_url")
        return self.parse_text_to_nodes("\n".join(self.content).replace("<address>", address)) if address else []


def setup(app):
    app.add_directive("needs-address", NeedsAddress)
    app.connect("config-inited", use_address, priority=400)  # before the extensions that read these settings


def use_address(app, config):
    options = config.html_theme_options
    repository = options.get("repository_url")
    options.update({button: bool(repository) for button in BUTTONS})
    if not repository:
        options.pop("launch_buttons", None)
    site = config.html_baseurl or pages_on_github(repository)
    if site:
        import sphinxext.opengraph  # here, for it imports Matplotlib, too

        config.html_baseurl = config.ogp_site_url = site.rstrip("/") + "/"
        app.setup_extension("sphinx_sitemap")
        config.sitemap_url_scheme = "{link}"
        app.setup_extension("sphinxext.opengraph")
        config.ogp_site_name = config.html_title
        config.ogp_social_cards = {"image": "website/static/card.png", "image_mini": "website/static/card.png", "description_max_length": description.LONGEST}
        sphinxext.opengraph.get_description = description.description  # its own would show a formula's LaTeX

    # The page for a missing address may be shown at any depth: its links must be whole paths.
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path or "/"
    config.notfound_context["body"] = config.notfound_context["body"].replace("<root>", config.notfound_urls_prefix)


def pages_on_github(repository):
    """The address of GitHub Pages for a repository there; "" for any other.

    >>> pages_on_github("https://github.com/ada/book")
    'https://ada.github.io/book/'
    """
    on_github = ON_GITHUB.fullmatch(repository or "")
    return "https://{}.github.io/{}/".format(on_github[1].lower(), on_github[2]) if on_github else ""
