import { type Client, ProtocolError, ProtocolErrorCode, type RequestOptions } from "@modelcontextprotocol/client";
import * as z from "zod";
import { messageOf } from "../../../errors.ts";
import type { JsonObject } from "../../../json.ts";
import type {
  PromptDescription,
  ResourceDescription,
  ResourceTemplateDescription,
  TargetFeatures,
} from "../../../storage/records.ts";
import { TargetRefusal, type TargetRequest } from "../target.ts";

/** A server that gives more pages of a list never ends it. */
const mostPages = 100;
/** Beyond what the gateway takes of a list, there is no need to read on. */
const mostEntries = 2_000;

const anything = z.record(z.string(), z.json());
const prompt = z.looseObject({
  name: z.string(),
  arguments: z.array(z.looseObject({ name: z.string(), required: z.boolean().optional() })).optional(),
});
const lists = {
  "prompts/list": z.looseObject({ prompts: z.array(prompt), nextCursor: z.string().optional() }),
  "resources/list": z.looseObject({
    resources: z.array(z.looseObject({ uri: z.string() })),
    nextCursor: z.string().optional(),
  }),
  "resources/templates/list": z.looseObject({
    resourceTemplates: z.array(z.looseObject({ uriTemplate: z.string() })),
    nextCursor: z.string().optional(),
  }),
};

/** What a server offers beside tools, and which of its lists could not be read. */
export async function readFeatures(
  client: Client,
  options: RequestOptions,
): Promise<{ readonly features: TargetFeatures; readonly warnings: readonly string[] }> {
  const capabilities = client.getServerCapabilities() ?? {};
  const warnings: string[] = [];
  const read = async <T>(method: keyof typeof lists, member: string): Promise<T[] | undefined> => {
    try {
      return await readList<T>(client, method, member, options);
    } catch (error) {
      // Many servers with resources have no templates, and don't know the method.
      if (error instanceof ProtocolError && error.code === ProtocolErrorCode.MethodNotFound) return [];
      warnings.push(`It did not answer ${method}, so that none of it is offered: ${messageOf(error)}`);
      return undefined;
    }
  };
  const prompts = capabilities.prompts && (await read<PromptDescription>("prompts/list", "prompts"));
  const resources = capabilities.resources && (await read<ResourceDescription>("resources/list", "resources"));
  const resourceTemplates =
    resources && (await read<ResourceTemplateDescription>("resources/templates/list", "resourceTemplates"));
  const features = {
    ...(prompts === undefined ? {} : { prompts }),
    ...(resources === undefined ? {} : { resources }),
    ...(resourceTemplates === undefined ? {} : { resourceTemplates }),
    ...(capabilities.completions === undefined ? {} : { completions: true }),
  };
  return { features, warnings };
}

async function readList<T>(
  client: Client,
  method: keyof typeof lists,
  member: string,
  options: RequestOptions,
): Promise<T[]> {
  const entries: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages && entries.length < mostEntries; page++) {
    const params = cursor === undefined ? {} : { cursor };
    const answer: Record<string, unknown> = await client.request({ method, params }, lists[method], options);
    // The schema of the method has looked at the members that are used; the others travel on as they are.
    entries.push(...(answer[member] as T[]));
    cursor = answer.nextCursor as string | undefined;
    if (cursor === undefined) return entries;
  }
  return entries;
}

/** Asks a server for something else than a tool. What it answers is passed on as it is. */
export async function request(
  client: Client,
  method: "prompts/get" | "resources/read" | "completion/complete",
  { params, signal }: TargetRequest,
  timeout: number,
): Promise<JsonObject> {
  try {
    return await client.request({ method, params }, anything, { timeout, signal });
  } catch (error) {
    if (error instanceof ProtocolError && refusals.has(error.code)) {
      throw new TargetRefusal(error.message, { cause: error });
    }
    throw error;
  }
}

const refusals: ReadonlySet<number> = new Set([ProtocolErrorCode.InvalidParams, ProtocolErrorCode.ResourceNotFound]);
