"""Check the English and the layout of the source: the rules that ruff and codespell do not have.

Without arguments the whole checkout is checked; with arguments, only the given files and folders:

    python tools/check_english.py
    python tools/check_english.py src/callqa/audio README.md

Prints `file:line: message` for each finding and exits with 1 if there are any. Docstrings, comments, the messages in
`src/callqa` and the prose of the Markdown files are searched for the openings, marks and phrases listed in
`english_phrases.toml`; code in backticks and quotations are skipped. The layout rules limit the length of modules and
functions, and make sure that a module can be found by its name.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PHRASES = Path(__file__).with_name("english_phrases.toml")

CODE = ("src", "tools", "benchmarks", "tests/support")
DOCUMENTS = ("*.md", "docs/**/*.md", "benchmarks/README.md", "training/README.md", "tests/**/README.md")
PACKAGE = "src/callqa"
ENGLISH_DATA = "src/callqa/language"
"""Its strings are words that callers say, not messages."""

MOST_MODULE_LINES = 330
MOST_FUNCTION_LINES = 60
"""From `def` to the last line, docstring included."""
MOST_TOP_MODULES = 8
"""Python files directly in the package: everything else belongs in a package of its own."""
SHARED_NAMES = frozenset({"__init__", "__main__", "base", "engine"})
"""Module names that may occur in several packages."""
LEAST_WORDS = 4
"""Words from which a string counts as a message rather than a key or a name."""


@dataclass(frozen=True, order=True)
class Finding:
    """Something to change in a line of a file; `path` is relative to the checkout."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        """The finding as compilers print it."""
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Rule:
    """Words to avoid, and what to write instead."""

    pattern: re.Pattern[str]
    instead: str
    example: str


@dataclass(frozen=True)
class Rules:
    """The rules of english_phrases.toml by where they apply."""

    opening: tuple[Rule, ...]
    mark: tuple[Rule, ...]
    phrase: tuple[Rule, ...]


@dataclass(frozen=True)
class Passage:
    """A stretch of prose; its text begins in `line` and breaks lines where the file does."""

    line: int
    text: str


def read_rules(path: Path = PHRASES) -> Rules:
    """Read the rules of a file; a space in a pattern matches any white space."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Rules(**{kind: tuple(_read_rule(entry) for entry in data[kind]) for kind in ("opening", "mark", "phrase")})


def _read_rule(entry: dict[str, str]) -> Rule:
    pattern = entry["pattern"].replace(" ", r"\s+")
    return Rule(re.compile(pattern, re.IGNORECASE | re.MULTILINE), entry["instead"], entry["example"])


def check_prose(path: str, passages: Iterable[Passage], rules: Iterable[Rule]) -> Iterator[Finding]:
    """Yield a finding for each place where a rule's pattern occurs outside code and quotations."""
    rules = tuple(rules)
    for passage in passages:
        text = _without_quotations(passage.text)
        for rule in rules:
            for match in rule.pattern.finditer(text):
                found = " ".join(match[0].strip(" .;:,\n").split())
                line = passage.line + text.count("\n", 0, match.start() + len(match[0]) - len(match[0].lstrip()))
                yield Finding(path, line, f"“{found}”: write {rule.instead}")


_QUOTATION = re.compile(r'``[^`]*``|`[^`]*`|(?<!\w)"[^"]{1,200}"|“[^”]*”|^\s*(?:>>>|\.\.\.) .*$', re.MULTILINE)


def _without_quotations(text: str) -> str:
    """The text with code and quotations blanked, every character in its place."""
    return _QUOTATION.sub(lambda match: re.sub(r"[^\n]", "_", match[0]), text)


def docstrings(nodes: Sequence[ast.AST]) -> Iterator[tuple[ast.AST, Passage]]:
    """Yield each docstring with what it belongs to; those of attributes with the expression itself."""
    owners = {
        id(node.body[0]): node
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body
    }
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield owners.get(id(node), node), Passage(node.lineno, node.value.value)


_STRING_OR_COMMENT = re.compile(
    r"""("{3}|'{3})(?:\\.|(?!\1).)*\1 | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | \#[^\n]*""", re.DOTALL | re.VERBOSE
)


def comments(source: str) -> Iterator[Passage]:
    """Yield the comments of a file; those on successive lines are one passage."""
    block: list[str] = []
    first = last = line = 1
    position = 0
    for match in _STRING_OR_COMMENT.finditer(source):
        if not match[0].startswith("#"):
            continue
        line += source.count("\n", position, match.start())
        position = match.start()
        alone = not source[source.rfind("\n", 0, position) + 1 : position].strip()
        if block and not (alone and line == last + 1):
            yield Passage(first, "\n".join(block))
            block = []
        if not block:
            first = line
        block.append(match[0].lstrip("#!").strip())
        last = line if alone else 0
    if block:
        yield Passage(first, "\n".join(block))


def messages(nodes: Sequence[ast.AST]) -> Iterator[Passage]:
    """Yield the strings of a module that are sentences, with a blank for each value formatted into them."""
    skipped: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Expr) or (isinstance(node, ast.Attribute) and node.attr == "split"):
            skipped.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            skipped.update(map(id, node.values))
    for node in nodes:
        if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in skipped:
            text = "".join(map(_text, node.values if isinstance(node, ast.JoinedStr) else [node]))
            if text.count(" ") >= LEAST_WORDS - 1:
                yield Passage(node.lineno, text.replace("\n", " "))


def _text(part: ast.expr) -> str:
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "_"


def prose(markdown: str) -> Passage:
    """The prose of a Markdown file: fenced code is left out, its lines stay empty."""
    lines, fenced = [], False
    for line in markdown.splitlines():
        fence = line.lstrip().startswith("```")
        lines.append("" if fenced or fence else line)
        fenced ^= fence
    return Passage(1, "\n".join(lines))


def check_module(path: str, source: str, rules: Rules) -> Iterator[Finding]:
    """Yield the findings in one Python file, `path` being relative to the checkout."""
    nodes = list(ast.walk(ast.parse(source)))
    documented = list(docstrings(nodes))
    yield from check_openings(path, documented, rules)
    passages = [passage for _, passage in documented] + list(comments(source))
    if path.startswith(PACKAGE) and not path.startswith(ENGLISH_DATA):
        passages += messages(nodes)
    yield from check_prose(path, passages, rules.phrase)
    yield from check_marks(path, source, rules)
    yield from check_lengths(path, source, nodes)


def check_openings(path: str, documented: Iterable[tuple[ast.AST, Passage]], rules: Rules) -> Iterator[Finding]:
    """Yield a finding for each docstring of a module, class or function that opens with the wrong words."""
    for owner, passage in documented:
        for rule in () if isinstance(owner, ast.Expr) else rules.opening:
            if match := rule.pattern.match(passage.text.lstrip()):
                yield Finding(path, passage.line, f"docstring opens with “{match[0]}”: write {rule.instead}")


def check_document(path: str, text: str, rules: Rules) -> Iterator[Finding]:
    """Yield the findings in one Markdown file."""
    yield from check_prose(path, [prose(text)], rules.phrase)
    yield from check_marks(path, text, rules)


def check_marks(path: str, text: str, rules: Rules) -> Iterator[Finding]:
    """Yield a finding for each mark anywhere in a file, code included."""
    for rule in rules.mark:
        for match in rule.pattern.finditer(text):
            yield Finding(path, text.count("\n", 0, match.start()) + 1, f"“{match[0]}”: write {rule.instead}")


def check_lengths(path: str, source: str, nodes: Iterable[ast.AST]) -> Iterator[Finding]:
    """Yield a finding for a module and for each function that is too long."""
    lines = source.count("\n")
    if lines > MOST_MODULE_LINES:
        yield Finding(path, 1, f"the module has {lines} lines: split it (at most {MOST_MODULE_LINES})")
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MOST_FUNCTION_LINES:
                message = f"{node.name} has {lines} lines: split it (at most {MOST_FUNCTION_LINES})"
                yield Finding(path, node.lineno, message)


def check_names(paths: Iterable[str]) -> Iterator[Finding]:
    """Yield a finding for module names used twice in the package, and for too many modules at its top."""
    modules = sorted(path for path in paths if path.startswith(f"{PACKAGE}/"))
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in modules:
        by_name[Path(path).stem].append(path)
    for name, same in by_name.items():
        if name not in SHARED_NAMES:
            yield from (Finding(two, 1, f"{one} has the same module name") for one, two in pairwise(same))
    top = [path for path in modules if path.count("/") == PACKAGE.count("/") + 1]
    if len(top) > MOST_TOP_MODULES:
        message = f"{len(top)} modules directly in the package: move some into packages (at most {MOST_TOP_MODULES})"
        yield Finding(PACKAGE, 1, message)


def check(root: Path, rules: Rules) -> list[Finding]:
    """Return all findings in a checkout, in the order of files and lines."""
    findings: list[Finding] = []
    modules = {str(file.relative_to(root)): file for folder in CODE for file in (root / folder).rglob("*.py")}
    for path, file in modules.items():
        findings += check_module(path, file.read_text(encoding="utf-8"), rules)
    for file in {file for pattern in DOCUMENTS for file in root.glob(pattern)}:
        findings += check_document(str(file.relative_to(root)), file.read_text(encoding="utf-8"), rules)
    findings += check_names(modules)
    return sorted(findings)


def main(arguments: Sequence[str]) -> int:
    """Print the findings, those below the given paths if there are any; return 1 if anything was printed."""
    chosen = [Path(argument).resolve().relative_to(ROOT) for argument in arguments]
    findings = check(ROOT, read_rules())
    if chosen:
        findings = [item for item in findings if any(Path(item.path).is_relative_to(path) for path in chosen)]
    for finding in findings:
        print(finding)
    if findings:
        print(f"findings: {len(findings)}", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
