"""Work on the whole site once its pages are written: not after a failure, nor where nothing had changed, so that the site stands as it is."""


def when_written(app, work, priority=500):
    def start(app, exception):
        if not exception and app.builder.format == "html" and hasattr(app.builder, "globalcontext"):  # it comes with the first page
            work(app)

    app.connect("build-finished", start, priority)
