import type {
  ApiGatewayToolConfiguration,
  ApiGatewayToolFilter,
  ApiGatewayToolOverride,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { Operation, Selected } from "../openApiSchema/operations.ts";

/** What filters and overrides say, and which of them were about nothing. */
export interface Selection {
  readonly select: (operation: Operation) => Selected | undefined;
  /** The filters and overrides that no operation has matched so far, in words. */
  unused(): string[];
}

/**
 * Which operations of a REST API become tools, and how they are called: those that a filter names by path and method, or an
 * override; the override's name and description count. Proxy resources, as in `/pets/{proxy+}`, are no tools.
 */
export function selectionOf({ toolFilters = [], toolOverrides = [] }: ApiGatewayToolConfiguration): Selection {
  const used = new Set<ApiGatewayToolFilter | ApiGatewayToolOverride>();
  return {
    select(operation) {
      if (/\{[^{}]*\+\}/.test(operation.path)) return undefined;
      const override = toolOverrides.find(({ path, method }) => path === operation.path && method === operation.method);
      const filters = toolFilters.filter(
        ({ filterPath = "", methods = [] }) =>
          matches(filterPath, operation.path) && methods.some((method) => method === operation.method),
      );
      for (const one of [...filters, ...(override === undefined ? [] : [override])]) used.add(one);
      // The filters are the list of what is allowed; an override alone allows nothing.
      if (filters.length === 0) return undefined;
      const { name, description } = override ?? {};
      return { ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }) };
    },
    unused: () => [
      ...toolFilters
        .filter((filter) => !used.has(filter))
        .map(({ filterPath, methods }) => `The filter ${filterPath} (${methods?.join(", ")})`),
      ...toolOverrides
        .filter((override) => !used.has(override))
        .map(({ method, path, name }) => `The override ${name} (${method} ${path})`),
    ],
  };
}

/** Exactly, or, with `/*` at the end, everything below. */
function matches(filterPath: string, path: string): boolean {
  if (!filterPath.endsWith("/*")) return filterPath === path;
  return path.startsWith(filterPath.slice(0, -1));
}
