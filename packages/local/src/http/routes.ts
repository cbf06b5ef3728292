import type { RouteDefinition } from "@gatehouse/functions/topology.ts";

/** A route that a path leads to, with the path's parameters, decoded. */
export interface RouteMatch {
  readonly route: RouteDefinition;
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** `noRoute`: no route has this path. `noMethod`: one has, but not for this method. `malformed`: broken percent-encoding. */
export type Routing = RouteMatch | "noRoute" | "noMethod" | "malformed";

interface Candidate {
  readonly segments: readonly string[];
  readonly routes: readonly RouteDefinition[];
}

/**
 * Finds the route of a request as API Gateway does: by path first, where in each segment a literal is preferred to
 * `{name}` and `{name}` to `{name+}`, then by method. A path that has a more specific resource therefore never falls
 * through to a more general one, whatever the method. One slash at the end makes no difference.
 * @returns a function from method and undecoded path to the route.
 */
export function createRouter(routes: readonly RouteDefinition[]): (method: string, path: string) => Routing {
  const byPath = Map.groupBy(routes, ({ path }) => path);
  const candidates: Candidate[] = [...byPath].map(([path, group]) => ({ segments: segmentsOf(path), routes: group }));
  candidates.sort((a, b) => compare(a.segments, b.segments));

  return (method, path) => {
    const segments = segmentsOf(path);
    const found = candidates.find((candidate) => fits(candidate.segments, segments));
    if (found === undefined) return "noRoute";
    const route =
      found.routes.find((candidate) => candidate.method === method) ??
      found.routes.find((candidate) => candidate.method === "ANY");
    if (route === undefined) return "noMethod";
    try {
      return { route, pathParameters: parametersOf(found.segments, segments) };
    } catch {
      return "malformed";
    }
  };
}

function segmentsOf(path: string): string[] {
  return path.replace(/^\//, "").replace(/\/$/, "").split("/");
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  const greedy = rank(pattern.at(-1)) === 2;
  if (greedy ? segments.length < pattern.length : segments.length !== pattern.length) return false;
  return pattern.every((part, index) => (rank(part) === 0 ? part === segments[index] : segments[index] !== ""));
}

function parametersOf(pattern: readonly string[], segments: readonly string[]): Record<string, string> {
  const parameters: Record<string, string> = {};
  pattern.forEach((part, index) => {
    if (rank(part) === 0) return;
    const greedy = rank(part) === 2;
    const value = greedy ? segments.slice(index).join("/") : (segments[index] ?? "");
    parameters[part.slice(1, greedy ? -2 : -1)] = decodeURIComponent(value);
  });
  return parameters;
}

/** 0 for a literal, 1 for `{name}`, 2 for `{name+}`. */
function rank(part: string | undefined): 0 | 1 | 2 {
  if (part === undefined || !part.startsWith("{")) return 0;
  return part.endsWith("+}") ? 2 : 1;
}

/** The more specific first: segment by segment, and the longer one where all segments they share are alike. */
function compare(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = rank(a[index]) - rank(b[index]);
    if (difference !== 0) return difference;
  }
  return b.length - a.length;
}
