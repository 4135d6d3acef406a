from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    names: tuple[str, ...]

    def fill(self, values: dict[str, str]) -> str:
        path = self.template
        for name in self.names:
            path = path.replace("{" + name + "}", quote(str(values[name]), safe=""))
        return path


def load_routes(document: dict) -> dict[str, Route]:
    routes = {}
    for template, methods in document["paths"].items():
        for method, operation in methods.items():
            names = tuple(p["name"] for p in operation.get("parameters", []) if p["in"] == "path")
            routes[operation["operationId"]] = Route(method.upper(), template, names)
    return routes
