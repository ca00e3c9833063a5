"""Settings of the documentation's build; `make docs` runs it."""

from __future__ import annotations

import sys
from pathlib import Path

import aiosounddevice

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "aiosounddevice"
author = "The aiosounddevice developers"
copyright = author  # noqa: A001 - Sphinx's name for it
release = version = aiosounddevice.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_parser",
    "drawings",
    "names",
    "sources",
]
exclude_patterns = ["_build"]
nitpicky = True

# ---- pages
myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3

# ---- reference
default_role = "obj"
add_module_names = False
autosummary_generate = False
autodoc_member_order = "groupwise"
autodoc_typehints = "signature"
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
numpydoc_attributes_as_param_list = False
numpydoc_xref_param_type = False
# numpydoc's checks for mistakes. Not those for matters of taste, nor those that ask for types
# beside the parameters (the signature has them), for a section where a sentence says it all, or
# for the order of the signature where parameters are told in groups.
numpydoc_validation_checks = {
    *("GL03", "GL05", "GL06", "GL07", "GL08", "GL10"),
    *("PR02", "PR05", "PR06", "PR09", "PR10"),
    *("RT02", "RT05", "SA02", "SS02", "SS03", "SS04"),
}
# `start` of the streams is the base's with a detail: autodoc shows the base's docstring.
numpydoc_validation_exclude = {r"\.start$", r"\.Until$", r"aiosounddevice\.compat"}

# ---- looks
html_theme = "furo"
html_title = "aiosounddevice"
html_static_path = ["_static"]
html_css_files = ["site.css", "drawings.css"]
html_copy_source = False
html_show_sphinx = False
highlight_language = "text"
pygments_style = "friendly"
pygments_dark_style = "native"
