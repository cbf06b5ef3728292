import type { CallToolResult } from "@modelcontextprotocol/server";
import { LRUCache } from "lru-cache";
import { messageOf } from "../../../errors.ts";
import { sessionOwnerOf } from "../../../identity/principal.ts";
import { isJsonObject, type JsonObject } from "../../../json.ts";
import type { TargetRecord, ToolDescription } from "../../../storage/records.ts";
import { mirroredHeadersOf } from "../../mirroredHeaders.ts";
import type { RequestStates } from "../../requestStates.ts";
import type { CredentialRequest, TargetCredential, TargetCredentials } from "../credentials/credential.ts";
import { withCredential } from "../credentials/withCredential.ts";
import type { SigningGateway } from "../http/sign.ts";
import { TargetError, type TargetKind } from "../target.ts";
import { readFeatures } from "./features.ts";
import { listAll } from "./listing.ts";
import { isUnauthorized, UpstreamRefusal } from "./post.ts";
import { CannotBeAsked, type Relayed, relay } from "./relay.ts";
import { createUpstreams } from "./upstream.ts";

const listMilliseconds = 30_000;
/** Whoever asks for a list waits as long as this for a target that answers late, and others after them don't wait for it. */
const offersMilliseconds = 1_000;
const silentMilliseconds = 30_000;

/**
 * An MCP server as a target, over streamable HTTP, in whichever era it speaks. What it keeps in a session of one caller
 * never meets another (T04), and the caller's token is not sent (T01). Requests and results pass as they are: what
 * Gatehouse doesn't know of is for the agent and the server to know.
 */
export function mcpServerTarget(options: {
  readonly allowLoopback: boolean;
  readonly credentials: TargetCredentials;
  /** Absent where nothing is called. */
  readonly states?: RequestStates | undefined;
}): TargetKind {
  const upstreams = createUpstreams(options);
  const silent = new LRUCache<string, true>({ max: 1_000, ttl: silentMilliseconds });
  /** Apart, so that however many callers push no server out. */
  const silentFor = new LRUCache<string, true>({ max: 1_000, ttl: silentMilliseconds });
  const withIts = <Result>(
    request: CredentialRequest,
    act: (credential: TargetCredential | undefined) => Promise<Result>,
  ) => withCredential(options.credentials, request, act, isUnauthorized);
  const pass = (relayed: Relayed) =>
    withIts(relayed, (credential) => relay(upstreams, options.states, { ...relayed, credential }));
  /** The tools that a server lists for Gatehouse itself, and the credential that it listed them for. */
  const listedAs = (target: TargetRecord, gateway: SigningGateway, signal: AbortSignal) =>
    withIts({ gateway, target, signal }, async (credential) => {
      const request = { target, onBehalfOf: ["discovery"], credential, signal };
      return { credential, tools: await listAll(upstreams, request, "tools") };
    });
  return {
    async call({ tool, arguments: args, ...request }) {
      const { name, inputSchema } = tool;
      try {
        const result = await pass({
          ...request,
          method: "tools/call",
          params: { ...request.params, name, arguments: args },
          binding: { name, arguments: args },
          mirrored: mirroredHeadersOf(name, inputSchema, args),
        });
        return asToolResult(result);
      } catch (error) {
        if (error instanceof CannotBeAsked) return cannotBeAsked;
        throw error;
      }
    },
    getPrompt(request) {
      const { name, arguments: args } = request.params;
      return pass({ ...request, method: "prompts/get", ...named(String(name), isJsonObject(args) ? args : {}) });
    },
    readResource: (request) => pass({ ...request, method: "resources/read", ...named(String(request.params.uri), {}) }),
    complete: (request) => pass({ ...request, method: "completion/complete" }),
    async offers(target, { gateway, principal, userToken }) {
      const key = JSON.stringify([target.gatewayId, target.targetId, target.updatedAt]);
      const own = JSON.stringify([key, principal.type, principal.id, principal.issuer]);
      if (silent.has(key) || silentFor.has(own)) return undefined;
      const signal = AbortSignal.timeout(offersMilliseconds);
      const owner = { target, onBehalfOf: sessionOwnerOf(principal), once: principal.anonymous };
      const caller = { gateway, target, principal, signal, ...(userToken === undefined ? {} : { userToken }) };
      let isForAll = false;
      try {
        const tools = await withIts(caller, async (credential) => {
          const kept = { ...owner, credential };
          try {
            return await listAll(upstreams, { ...kept, signal }, "tools");
          } catch (error) {
            isForAll = !signal.aborted && isAway(error);
            throw error;
          } finally {
            if (kept.once === true) upstreams.giveUp(kept);
          }
        });
        return new Set(tools.map(({ name }) => String(name)));
      } catch {
        // That one can't ask, who hasn't consented perhaps, or is refused or kept waiting, says nothing of the others (T04).
        if (isForAll) silent.set(key, true);
        else silentFor.set(own, true);
        return undefined;
      }
    },
    async discover(target, gateway) {
      const within = () => AbortSignal.timeout(listMilliseconds);
      try {
        const { tools, credential } = await listedAs(target, gateway, within());
        const request = { target, onBehalfOf: ["discovery"], credential };
        const beside = await readFeatures(upstreams, { ...request, signal: within() });
        // What a tool must have is reviewed where it becomes part of a gateway.
        return { tools: tools as unknown as readonly ToolDescription[], ...beside };
      } catch (error) {
        throw new TargetError(`${target.name} did not list its tools: ${messageOf(error)}`, { cause: error });
      }
    },
  };
}

/** What a request names that is no tool's, and the header that mirrors it. */
function named(name: string, args: JsonObject): Pick<Relayed, "binding" | "mirrored"> {
  return { binding: { name, arguments: args }, mirrored: mirroredHeadersOf(name, {}, {}) };
}

/**
 * Whether a server is there for nobody: it can't be connected to, or is said to be away. An error of its own (500) may be
 * about what it has of one caller.
 */
function isAway(error: unknown): boolean {
  if (error instanceof UpstreamRefusal || error instanceof TargetError) return awayStatuses.has(error.status);
  return true;
}

/** RFC 9110, sections 15.6.3 to 15.6.5. */
const awayStatuses: ReadonlySet<number | undefined> = new Set([502, 503, 504]);

/** The result as the server said it: of a client it is only asked that it knows how to read a list of content. */
function asToolResult(result: JsonObject): CallToolResult {
  const whole =
    result.resultType === "input_required" || Array.isArray(result.content) ? result : { ...result, content: [] };
  // Its members are the server's affair, and reach the client whatever they are.
  return whole as unknown as CallToolResult;
}

/** What the agent reads of a tool that wants to ask somebody something, where nobody can be asked. */
const cannotBeAsked: CallToolResult = {
  content: [
    {
      type: "text",
      text: "This tool asks its client for input, which only clients of MCP 2026-07-28 or later can give.",
    },
  ],
  isError: true,
};
