"""The documentation site: ``sphinx-build -W -c docs . build/site``.

The repository is the source folder, so that the README, the dataset card and the pages in
``docs/`` are one web of links, checked here and the same on a code host.
"""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import unionie

project = "unionie"
author = "The unionie authors"
project_copyright = author
release = unionie.__version__
root_doc = "docs/index"

include_patterns = [
    "README.md",
    "README.zh.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "annotations/README.md",
    "docs/*.md",
]
# Folders that hold no page are not searched for any.
exclude_patterns = [".*", "build", "dist", "seeds", "tests", "training", "unionie"]

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]
myst_heading_anchors = 3
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_merge_streams = True
autodoc_member_order = "groupwise"
napoleon_use_ivar = True
copybutton_prompt_text = r">>> |\$ "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"unionie {release}"
# The root of the site leads to docs/index.html.
html_additional_pages = {"index": "redirect.html"}
templates_path = ["_templates"]


def setup(app: Sphinx) -> None:
    """Keep the index to the pages that there are, and say which page is in Chinese."""
    app.connect("source-read", fit_index)
    app.connect("html-page-context", name_language)


def name_language(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Let browsers choose Chinese fonts, and readers aloud a Chinese voice."""
    if pagename.endswith(".zh"):
        context["language"] = "zh-CN"


def fit_index(app: Sphinx, docname: str, source: list[str]) -> None:
    """Drop what the index names and is not there; list where it says ``...`` what is new.

    In the index a line of one word names a page.
    """
    if docname != root_doc:
        return
    there = {page.stem for page in Path(app.confdir).glob("*.md")} - {"index"}
    named = set(re.findall(r"^[\w-]+$", source[0], re.MULTILINE))
    for page in named - there:
        source[0] = re.sub(rf"^{page}\n", "", source[0], flags=re.MULTILINE)
    source[0] = re.sub(r"^\.\.\.$", "\n".join(sorted(there - named)), source[0], flags=re.MULTILINE)
