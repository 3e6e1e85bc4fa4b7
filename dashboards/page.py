"""A page: the wire to the browser, the template, the answer to a click."""

from __future__ import annotations

import panel as pn
import param
from panel.custom import JSComponent

from yb_analytics.reporting import views


class Wire(JSComponent):
    """Carries clicks of one browser to its page and changed blocks back."""

    _esm = "wire.js"


class Page(param.Parameterized):
    """Blocks of one page in order, for one visit.

    Parameters
    ----------
    desk
        Where snapshots are read.
    query
        State of the view, from the address.
    """

    title = ""
    blocks = ()

    desk = param.Parameter()
    query = param.Parameter()
    shown = param.Dict(default={})
    wire = param.ClassSelector(class_=Wire)

    def __init__(self, desk, query):
        super().__init__(wire=Wire(), desk=desk, query=views.settled(desk, query))

    def made(self):
        """All blocks in the present state."""
        return {block.__name__: self.desk.shown(block, self.query) for block in self.blocks}

    def answer(self, message):
        """What a click gives: the file asked for, or the blocks that changed."""
        asked = message if isinstance(message, dict) else {}
        if "export" in asked:
            return views.download(self.desk, self.query, self.shown, asked)
        before, old = self.query, self.shown
        self.query = views.settled(self.desk, views.Query.parse(asked.get("search", "")))
        self.shown = self.made()
        return views.reply(self.title, before, self.query, views.update(old, self.shown))

    def hear(self, event):
        """A message of the browser, answered."""
        self.wire._send_msg(self.answer(event.data))

    def template(self):
        """The page as Panel serves it."""
        self.shown = self.made()
        self.wire.on_msg(self.hear)
        made = pn.Template(TEMPLATE)
        made.add_panel("wire", self.wire)
        made.add_variable("frame", views.frame(self.title, self.query))
        made.add_variable("body", views.page(self.shown, self.query.lang))
        return made


TEMPLATE = views.text_beside(__file__, "page.html")
