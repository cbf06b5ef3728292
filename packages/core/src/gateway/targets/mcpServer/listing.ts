import { isJsonObject, type JsonObject } from "../../../json.ts";
import { UpstreamRefusal } from "./post.ts";
import type { Kept, UpstreamRequest, Upstreams } from "./upstream.ts";

/** What a server lists. */
export type Listed = "tools" | "prompts" | "resources" | "resourceTemplates";

/** More pages than any target may have tools: a list that goes on and on is none. */
const maxPages = 1_000;

/**
 * Everything a server lists, page after page. A cursor is whatever the server says, an empty text too.
 * @param most with so many entries it is read no further
 * @throws UpstreamRefusal, also where the list is none or doesn't end, or what goes wrong with the connection
 */
export async function listAll(
  upstreams: Upstreams,
  request: Kept & Pick<UpstreamRequest, "signal">,
  what: Listed,
  most = Number.POSITIVE_INFINITY,
): Promise<JsonObject[]> {
  const method = what === "resourceTemplates" ? "resources/templates/list" : `${what}/list`;
  const all: JsonObject[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const params: JsonObject = cursor === undefined ? {} : { cursor };
    const { [what]: items, nextCursor } = await upstreams.request({ ...request, method, params });
    if (!Array.isArray(items)) throw new UpstreamRefusal(`its answer to ${method} has no list of ${what}`, 200);
    all.push(...items.filter(isJsonObject));
    if (typeof nextCursor !== "string" || all.length >= most) return all;
    cursor = nextCursor;
  }
  throw new UpstreamRefusal(`its list of ${what} doesn't end after ${maxPages} pages`, 200);
}
