import { ProtocolError, ProtocolErrorCode, type ServerCapabilities } from "@modelcontextprotocol/client";
import * as z from "zod";
import { messageOf } from "../../../errors.ts";
import type { JsonObject } from "../../../json.ts";
import type { TargetFeatures } from "../../../storage/records.ts";
import { TargetRefusal } from "../target.ts";

/** A server that is connected, as far as it matters here. */
export interface FeatureServer {
  readonly capabilities: ServerCapabilities;
  /** The result as the server said it. @throws ProtocolError for the server's own errors. */
  request(method: string, params: JsonObject): Promise<JsonObject>;
}

/** A server that gives more pages of a list never ends it. */
const mostPages = 100;
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
  server: FeatureServer,
): Promise<{ readonly features: TargetFeatures; readonly warnings: readonly string[] }> {
  const { capabilities } = server;
  const warnings: string[] = [];
  const read = async <T>(method: string, member: string, entry: z.ZodType<T>): Promise<T[] | undefined> => {
    try {
      return await readList(server, method, member, entry);
    } catch (error) {
      // Many servers with resources have no templates, and don't know the method.
      if (error instanceof ProtocolError && error.code === ProtocolErrorCode.MethodNotFound) return [];
      warnings.push(`It did not answer ${method}, so that none of it is offered: ${messageOf(error).slice(0, 500)}`);
      return undefined;
    }
  };
  const prompts = capabilities.prompts && (await read("prompts/list", "prompts", prompt));
  const resources = capabilities.resources && (await read("resources/list", "resources", resource));
  const resourceTemplates =
    resources && (await read("resources/templates/list", "resourceTemplates", resourceTemplate));
  const features = {
    ...(prompts === undefined ? {} : { prompts }),
    ...(resources === undefined ? {} : { resources }),
    ...(resourceTemplates === undefined ? {} : { resourceTemplates }),
    ...(capabilities.completions === undefined ? {} : { completions: true }),
  };
  return { features, warnings };
}

async function readList<T>(server: FeatureServer, method: string, member: string, entry: z.ZodType<T>): Promise<T[]> {
  const page = z.looseObject({ [member]: z.array(entry), nextCursor: z.string().optional() });
  const entries: T[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < mostPages && entries.length < mostEntries; pages++) {
    const answer = page.parse(await server.request(method, cursor === undefined ? {} : { cursor }));
    entries.push(...(answer[member] as T[])); // As the schema has found.
    cursor = answer.nextCursor as string | undefined;
    if (cursor === undefined) return entries;
  }
  return entries;
}

/** Asks a server for something else than a tool. @throws TargetRefusal where it says that the parameters are wrong. */
export async function askServer(
  { request }: Pick<FeatureServer, "request">,
  method: "prompts/get" | "resources/read" | "completion/complete",
  params: JsonObject,
): Promise<JsonObject> {
  return request(method, params).catch((error: unknown) => {
    throw error instanceof ProtocolError && refusals.has(error.code)
      ? new TargetRefusal(error.message, { cause: error })
      : error;
  });
}

const refusals: ReadonlySet<number> = new Set([ProtocolErrorCode.InvalidParams, ProtocolErrorCode.ResourceNotFound]);
