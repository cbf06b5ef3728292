import type { CallToolResult } from "@modelcontextprotocol/server";
import type { Principal } from "../../identity/principal.ts";
import type { JsonObject } from "../../json.ts";
import type { GatewayRecord, TargetFeatures, TargetRecord, ToolDescription } from "../../storage/records.ts";
import type { CodesAnsweredAs } from "../errors.ts";
import type { Exchange } from "../protocol/exchange.ts";
import type { SigningGateway } from "./http/sign.ts";

/** A consent that a user was asked for. */
export interface Consent {
  readonly sessionUri: string;
  /** Where the user's browser goes for it. */
  readonly authorizationUrl: string;
}

/** A call that policy has allowed, on its way to a target. */
export interface Invocation {
  readonly gateway: GatewayRecord;
  readonly target: TargetRecord;
  readonly tool: ToolDescription;
  /** The name the agent used: `Target___tool`. */
  readonly qualifiedName: string;
  /** The very object that was authorised. */
  readonly arguments: JsonObject;
  /** The JSON-RPC id of the agent's request. */
  readonly requestId: string;
  readonly principal: Principal;
  /** The caller's own token: for an exchange at the provider's issuer, and for nobody else (T01). */
  readonly userToken?: string;
  /** A consent that this request was told to wait for. */
  readonly consent?: Consent;
  /** The parameters of the agent's request as they were parsed: what isn't the gateway's to say travels on unchanged. */
  readonly params: JsonObject;
  /** The exchange with the agent, which can hear of more than the result. */
  readonly exchange: Exchange;
  /** Trace context for the target: `traceparent`, `tracestate` and `baggage` of the agent's request. */
  readonly traceContext: Readonly<Record<string, string>>;
  /** Headers of the agent's request that the target's configuration lets pass, never credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parameters of the query of the gateway's address that it lets pass, with all their values. */
  readonly query: Readonly<Record<string, readonly string[]>>;
  /** To be told of the head of the target's answer: of its headers, those that the configuration lets pass go to the agent. */
  readonly onResponseHeaders: (headers: Headers, status: number) => void;
  /**
   * Makes an attempt at the call, for whoever may make several: each is traced by itself, and so has a trace context, and is
   * answered, by itself.
   */
  readonly attempt?: <Result>(
    send: (attempt: Pick<Invocation, "traceContext" | "onResponseHeaders">) => Promise<Result>,
  ) => Promise<Result>;
  readonly signal: AbortSignal;
}

/** A request for something else than a tool, on its way to a target. */
export interface TargetRequest
  extends Pick<
    Invocation,
    | "gateway"
    | "target"
    | "requestId"
    | "principal"
    | "userToken"
    | "consent"
    | "exchange"
    | "traceContext"
    | "headers"
    | "onResponseHeaders"
    | "signal"
  > {
  /** The method's parameters: what was authorised, under the target's own names, and what else the agent's request says. */
  readonly params: JsonObject;
}

/** What a target offers. */
export interface Discovery {
  readonly tools: readonly ToolDescription[];
  /** What it offers beside them, where it can offer anything. */
  readonly features?: TargetFeatures;
  /** What an administrator should know although the tools work, such as an operation that can't be one. */
  readonly warnings?: readonly string[];
}

/** A kind of target: how its tools are called, and how they are found. */
export interface TargetKind {
  /** @throws TargetError when the target fails to answer; ProtocolError for what the agent's client must hear as one. */
  call(invocation: Invocation): Promise<CallToolResult>;
  /** prompts/get of a target that has prompts. @throws as `call`, and TargetRefusal where it says the parameters are wrong. */
  getPrompt?(request: TargetRequest): Promise<JsonObject>;
  /** resources/read of a target that has resources. @throws as `call`, and TargetRefusal where it says there is none. */
  readResource?(request: TargetRequest): Promise<JsonObject>;
  /** completion/complete of a target that completes arguments. @throws as `getPrompt` */
  complete?(request: TargetRequest): Promise<JsonObject>;
  /** Asks the target of a gateway, or reads its description, for what it offers. @throws TargetError */
  discover(target: TargetRecord, gateway: SigningGateway): Promise<Discovery>;
  /**
   * The names of the tools that a target offers somebody at this moment; undefined where that can't be found out quickly.
   * It takes a second at most and doesn't fail.
   */
  offers?(
    target: TargetRecord,
    caller: Pick<Invocation, "principal" | "userToken"> & { readonly gateway: SigningGateway },
  ): Promise<ReadonlySet<string> | undefined>;
}

/** The kinds of target by their name in `targetConfiguration.mcp`. */
export type TargetKinds = Readonly<Partial<Record<string, TargetKind>>>;

/** What may be known of a target's failure beside its message. */
export interface TargetErrorOptions {
  readonly cause?: unknown;
  /** What callers are told, by the catalogue. `targetFailed` unless something else is said. */
  readonly code?: TargetErrorCode;
  /** The HTTP status that the target answered with. */
  readonly status?: number;
  /** When the target, or what stands before it, may be asked again. */
  readonly retryAfterMilliseconds?: number;
}

/** The errors of the catalogue that are about targets. */
export type TargetErrorCode = Extract<CodesAnsweredAs<"toolError">, `target${string}`>;

/** A target that failed. The message is for administrators; callers see it only at exception level DEBUG. */
export class TargetError extends Error {
  override readonly name = "TargetError";
  readonly code: TargetErrorCode;
  readonly status?: number;
  readonly retryAfterMilliseconds?: number;

  constructor(message: string, { cause, code = "targetFailed", ...known }: TargetErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    if (known.status !== undefined) this.status = known.status;
    if (known.retryAfterMilliseconds !== undefined) this.retryAfterMilliseconds = known.retryAfterMilliseconds;
  }
}

/** A target that works, and says that the parameters of a request are wrong or that there is no such resource. */
export class TargetRefusal extends TargetError {}
/** The discovery of a kind whose descriptions take parsers that calls don't: discoveries.ts has it. */
export async function discoveredElsewhere(): Promise<never> {
  throw new TargetError("The tools of this target are found by its synchronisation alone.");
}

/** Which kind a target is: the one member of `targetConfiguration.mcp`. */
export function kindOf({ targetConfiguration }: TargetRecord): string | undefined {
  return Object.keys(targetConfiguration.mcp ?? {})[0];
}
