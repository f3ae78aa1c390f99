"""Whether an event's properties are what a metric's `where` asks for: the filter language as documented, as plain as possible.

A number is equal to a number of the same value however it is written, and true is no number. A missing value is taken by
`$ne`, `$exists: false` and `$not` only.
"""

MISSING = object()
ORDERS = {
    "$gt": lambda left, right: left > right,
    "$gte": lambda left, right: left >= right,
    "$lt": lambda left, right: left < right,
    "$lte": lambda left, right: left <= right,
}


def matches(condition, properties):
    """`condition` is an object of paths and `$and`, `$or`, `$not`; `properties` an object that JSON was read to."""
    return holds_at(condition, [], properties)


def holds_at(condition, path, root):
    if not isinstance(condition, dict):
        return is_equal(value_at(path, root), condition)
    return all(member_holds(key, operand, path, root) for key, operand in condition.items())


def member_holds(key, operand, path, root):
    match key:
        case "$and":
            return all(holds_at(each, path, root) for each in operand)
        case "$or":
            return any(holds_at(each, path, root) for each in operand)
        case "$not":
            return not holds_at(operand, path, root)
    if not key.startswith("$"):
        return holds_at(operand, path + names(key), root)
    value = value_at(path, root)
    match key:
        case "$exists":
            return (value is not MISSING) == operand
        case "$eq":
            return is_equal(value, operand)
        case "$ne":
            return not is_equal(value, operand)
        case "$in":
            return any(is_equal(value, each) for each in operand)
        case "$starts_with":
            return isinstance(value, str) and value.encode().startswith(operand.encode())
    if is_number(value) and is_number(operand):
        return ORDERS[key](value, operand)
    if isinstance(value, str) and isinstance(operand, str):
        return ORDERS[key](value.encode(), operand.encode())
    return False


def names(key):
    """The names between the dots of a path; a backslash takes a dot, `$` or backslash for itself."""
    found, name, characters = [], "", iter(key)
    for character in characters:
        if character == ".":
            found.append(name)
            name = ""
        else:
            name += next(characters) if character == "\\" else character
    return [*found, name]


def value_at(path, value):
    for name in path:
        if isinstance(value, dict):
            value = value.get(name, MISSING)
        elif isinstance(value, list) and name.isdecimal() and (name == "0" or name[0] != "0") and int(name) < len(value):
            value = value[int(name)]
        else:
            return MISSING
    return value


def is_equal(value, operand):
    return is_same(value, operand) or (isinstance(value, list) and any(is_same(each, operand) for each in value))


def is_same(left, right):
    if is_number(left) and is_number(right):
        return left == right
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(is_same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(is_same(left[name], right[name]) for name in left)
    return left == right


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
