"""Each mistake a user can make has its section in docs/errors.md, and no section is left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.meta.files import PACKAGE, ROOT, name

PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
SECTIONS = re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]


def codes_of(source: str) -> Iterator[str]:
    """Codes given to errors: as `code=...`, or in place to a function that makes an error."""
    tree = ast.parse(source)
    makers = {
        function.name: [argument.arg for argument in function.args.args].index("code")
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        and "code" in [argument.arg for argument in function.args.args]
        and function.returns is not None
        and ast.unparse(function.returns).endswith("Error")
    }
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        given = [k.value for k in call.keywords if k.arg == "code"]
        if isinstance(call.func, ast.Name) and call.func.id in makers:
            given += call.args[makers[call.func.id] : makers[call.func.id] + 1]
        yield from (v.value for v in given if isinstance(v, ast.Constant))


def test_the_page_and_the_code_have_the_same_errors():
    raised = {
        code: name(path)
        for path in sorted(PACKAGE.rglob("*.py"))
        for code in codes_of(path.read_text(encoding="utf-8"))
    }
    explained = {section.split("\n", 1)[0].strip() for section in SECTIONS}
    assert {code: place for code, place in raised.items() if code not in explained} == {}
    assert explained - set(raised) == set()


def test_every_section_has_a_cause_an_example_and_a_cure():
    lacking = [
        section.split("\n", 1)[0]
        for section in SECTIONS
        if not all(f"**{part}.** " in section for part in ("Cause", "Example", "Cure"))
    ]
    assert lacking == []


def test_codes_are_found_by_keyword_and_by_place():
    keyword = 'raise UsageError("x", code="options")'
    place = 'def _e(p, code) -> RunFolderError: ...\nraise _e(1, "folder-in-use")'
    assert list(codes_of(keyword)) == ["options"]
    assert list(codes_of(place)) == ["folder-in-use"]
