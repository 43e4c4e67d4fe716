"""Which default values of the pasted functions and classes its own calls override: VAE(beta=1.0) of `beta=4.0`."""

import ast

Function = ast.FunctionDef | ast.AsyncFunctionDef


def overridden(tree: ast.Module) -> dict[Function, set[str]]:
    """The parameters of each function to which a call in the same code gives another value than their default."""
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}
    made_by = {
        node.name: one
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for one in node.body
        if isinstance(one, ast.FunctionDef) and one.name == "__init__"
    }
    found: dict[Function, set[str]] = {}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        name = ast.unparse(call.func)
        function = made_by.get(name) or functions.get(name)
        if function is None:
            continue
        defaults = defaults_of(function)
        names = [argument.arg for argument in function.args.args if argument.arg not in ("self", "cls")]
        given = dict(zip(names, call.args, strict=False)) | {one.arg: one.value for one in call.keywords if one.arg}
        other = {one for one, value in given.items() if one in defaults and ast.dump(value) != ast.dump(defaults[one])}
        found.setdefault(function, set()).update(other)
    return found


def defaults_of(function: Function) -> dict[str, ast.expr]:
    """The default values of a function by the names of its parameters."""
    own = function.args
    last = zip(reversed([*own.posonlyargs, *own.args]), reversed(own.defaults), strict=False)
    by_keyword = zip(own.kwonlyargs, own.kw_defaults, strict=True)
    return {argument.arg: default for argument, default in [*last, *by_keyword] if default is not None}
