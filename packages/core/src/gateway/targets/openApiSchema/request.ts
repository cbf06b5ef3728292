import type { Json, JsonObject } from "../../../json.ts";
import type { HttpRequest } from "../http/request.ts";
import type { HttpBinding, ParameterBinding } from "./binding.ts";
import { writeBody } from "./body.ts";
import { headerText, type Pair, pathText, queryPairs, Unwritable } from "./serialize.ts";

/**
 * The HTTP request that a call is. Every argument stays in its place, whatever it is: in a path it adds no step and goes
 * none back, in a query or cookie it names no other parameter, in a header it ends no line.
 * @throws Unwritable, with a message for whoever called.
 */
export async function requestOf(binding: HttpBinding, args: JsonObject): Promise<HttpRequest> {
  const given = binding.parameters.flatMap((parameter): Given[] => {
    const value = Object.hasOwn(args, parameter.argument) ? args[parameter.argument] : undefined;
    return value === undefined ? [] : [{ parameter, value }];
  });
  const cookie = pairsOf(given, "cookie", binding).map(([name, value]) => `${name}=${value}`);
  const body = binding.body && (await writeBody(binding.body, args));
  return {
    method: binding.method,
    url: urlOf(binding, given),
    headers: {
      accept: binding.accept,
      ...headersOf(given),
      ...(cookie.length === 0 ? {} : { cookie: cookie.join("; ") }),
      ...(body === undefined ? {} : { "content-type": body.contentType }),
    },
    ...(body === undefined ? {} : { body: body.body }),
  };
}

interface Given {
  readonly parameter: ParameterBinding;
  readonly value: Json;
}

function urlOf(binding: HttpBinding, given: readonly Given[]): URL {
  const { server, path } = binding;
  const written = path.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
    const found = given.find(({ parameter }) => parameter.in === "path" && parameter.name === name);
    if (found === undefined || found.value === null) throw new Unwritable(`"${name}" is required`);
    return pathText(found.parameter, found.value);
  });
  for (const segment of written.split("/")) {
    // Readers of addresses take these for a step back, also where the dots are encoded (WHATWG URL, "double-dot").
    if (/^(\.|%2e){1,2}$/i.test(segment)) throw new Unwritable(`a part of the path must not be "${segment}"`);
  }
  const url = new URL(`${server}${written.startsWith("/") ? "" : "/"}${written}`);
  const query = pairsOf(given, "query", binding).map(([name, value]) => `${name}=${value}`);
  if (query.length > 0) url.search = query.join("&");
  return url;
}

/**
 * The pairs of the query, or of the cookies. The properties of an object that is written property by property become names
 * beside the parameters', and must not be one of those.
 */
function pairsOf(given: readonly Given[], place: "query" | "cookie", { parameters }: HttpBinding): Pair[] {
  const there = parameters.filter((parameter) => parameter.in === place);
  return given
    .filter(({ parameter }) => parameter.in === place)
    .flatMap(({ parameter, value }) => {
      const pairs = queryPairs(parameter, value);
      const own = encodeURIComponent(parameter.name);
      const other = pairs.find(([name]) =>
        there.some((one) => one !== parameter && name !== own && encodeURIComponent(one.name) === name),
      );
      if (other !== undefined) {
        throw new Unwritable(`"${parameter.argument}" must not have a property named like the parameter "${other[0]}"`);
      }
      return pairs;
    });
}

function headersOf(given: readonly Given[]): Record<string, string> {
  return Object.fromEntries(
    given.flatMap(({ parameter, value }) =>
      parameter.in !== "header" || value === null
        ? []
        : [[parameter.name.toLowerCase(), headerText(parameter, value)] as const],
    ),
  );
}
