import { ProtocolErrorCode } from "@modelcontextprotocol/server";
import * as z from "zod";
import { messageOf } from "../../../errors.ts";
import type { TargetFeatures } from "../../../storage/records.ts";
import { type Listed, listAll } from "./listing.ts";
import { UpstreamRefusal } from "./post.ts";
import type { UpstreamRequest, Upstreams } from "./upstream.ts";

/** Beyond what the gateway takes of a list, there is no need to read on. */
const mostEntries = 2_000;

/** What of a list's entries the gateway itself reads; the rest of them travels on as it is. */
const prompt = z.looseObject({
  name: z.string(),
  arguments: z.array(z.looseObject({ name: z.string(), required: z.boolean().exactOptional() })).exactOptional(),
});
const resource = z.looseObject({ uri: z.string() });
const resourceTemplate = z.looseObject({ uriTemplate: z.string() });

/** What a server offers beside tools, and which of its lists could not be read. */
export async function readFeatures(
  upstreams: Upstreams,
  request: Pick<UpstreamRequest, "target" | "onBehalfOf" | "credential" | "signal">,
): Promise<{ readonly features: TargetFeatures; readonly warnings: readonly string[] }> {
  const capabilities = await upstreams.capabilities(request);
  const warnings: string[] = [];
  const read = async <T>(what: Listed, entry: z.ZodType<T>): Promise<T[] | undefined> => {
    try {
      return z.array(entry).parse(await listAll(upstreams, request, what, mostEntries));
    } catch (error) {
      // Many servers with resources have no templates, and don't know the method.
      if (error instanceof UpstreamRefusal && error.code === ProtocolErrorCode.MethodNotFound) return [];
      warnings.push(
        `Its ${what} could not be listed, so that none of them is offered: ${messageOf(error).slice(0, 500)}`,
      );
      return undefined;
    }
  };
  const prompts = capabilities.prompts === undefined ? undefined : await read("prompts", prompt);
  const resources = capabilities.resources === undefined ? undefined : await read("resources", resource);
  const resourceTemplates = resources && (await read("resourceTemplates", resourceTemplate));
  const features = {
    ...(prompts === undefined ? {} : { prompts }),
    ...(resources === undefined ? {} : { resources }),
    ...(resourceTemplates === undefined ? {} : { resourceTemplates }),
    ...(capabilities.completions === undefined ? {} : { completions: true }),
  };
  return { features, warnings };
}
