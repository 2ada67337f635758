"""A number in a sentence, by its name: an unknown name is an error that lists the known ones."""

from docutils import nodes


def stated(role, known, unknown):
    """What a role returns whose text is a name in `known`; `unknown` begins the message where it isn't."""
    if role.text in known:
        return [nodes.Text(str(known[role.text]))], []
    message = role.inliner.reporter.error(f"{unknown} '{role.text}', only {', '.join(known)}", line=role.lineno)
    return [nodes.problematic(role.rawtext, role.rawtext)], [message]
