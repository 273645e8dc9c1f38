#!/usr/bin/python3
"""Writes the pages of `avagen explain` as C++: embed_pages.py OUTPUT PAGE..."""

import pathlib
import sys

out, *pages = map(pathlib.Path, sys.argv[1:])
rows = "".join(f'    {{"{page.stem}", R"page({page.read_text()})page"}},\n' for page in pages)
out.write_text(f"""// Made from pages/ by embed_pages.py.
#include "explain.h"

namespace avagen {{
namespace {{
constexpr ExplanationPage kPages[] = {{
{rows}}};
}}  // namespace
std::span<const ExplanationPage> explanation_pages() {{ return kPages; }}
}}  // namespace avagen
""")
