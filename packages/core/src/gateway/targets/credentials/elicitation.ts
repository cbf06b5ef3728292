import { type CallToolResult, CLIENT_CAPABILITIES_META_KEY } from "@modelcontextprotocol/server";
import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import { protocolError } from "../../refusals.ts";
import type { RequestStates, StateBinding } from "../../requestStates.ts";
import {
  type Consent,
  type Invocation,
  TargetError,
  type TargetKind,
  type TargetKinds,
  type TargetRequest,
} from "../target.ts";
import { ConsentNeeded } from "./consentNeeded.ts";

/** The one thing that a client is asked for. */
const inputKey = "gatehouse/consent";

type AnyRequest = Pick<Invocation, "gateway" | "target" | "principal" | "params" | "exchange" | "consent">;

/**
 * Has the clients that can ask their users for a consent, and lets the same request go on afterwards: by an answer that
 * wants input (MCP 2026-07-28, "Multi Round-Trip Requests", URL mode), or by the error for it of 2025-11-25 where the
 * gateway's settings say that its clients know it. For other clients a consent that is needed stays an error.
 */
export function elicitingConsent(kinds: TargetKinds, states: RequestStates): TargetKinds {
  async function eliciting<Request extends AnyRequest, Result>(
    request: Request,
    named: Pick<StateBinding, "method" | "name" | "arguments">,
    ask: (request: Request) => Promise<Result>,
  ): Promise<Result | JsonObject> {
    const binding = bindingOf(request, named);
    const going = await resumed(request, binding, states);
    try {
      return await ask(going);
    } catch (error) {
      if (!(error instanceof ConsentNeeded)) throw error;
      return wanted(error, request, () => states.seal(JSON.stringify(error.consent), binding));
    }
  }

  const feature = (
    ask: FeatureRequest | undefined,
    method: string,
    nameIn: "name" | "uri",
  ): FeatureRequest | undefined =>
    ask &&
    ((request) => {
      const { [nameIn]: name, arguments: args } = request.params;
      return eliciting(request, { method, name: String(name), arguments: isJsonObject(args) ? args : {} }, ask);
    });

  const wrapped = Object.entries(kinds).flatMap(([name, kind]): [string, TargetKind][] => {
    if (kind === undefined) return [];
    const getPrompt = feature(kind.getPrompt, "prompts/get", "name");
    const readResource = feature(kind.readResource, "resources/read", "uri");
    return [
      [
        name,
        {
          ...kind,
          async call(invocation) {
            const { tool, arguments: args } = invocation;
            const result = await eliciting(
              invocation,
              { method: "tools/call", name: tool.name, arguments: args },
              kind.call,
            );
            // What wants input has no content yet.
            return result as CallToolResult;
          },
          ...(getPrompt && { getPrompt }),
          ...(readResource && { readResource }),
        },
      ],
    ];
  });
  return Object.fromEntries(wrapped);
}

/** A request for something else than a tool. */
type FeatureRequest = (request: TargetRequest) => Promise<JsonObject>;

/** A state of the gateway's own can't be taken for a target's, nor the other way round. */
function bindingOf(
  { gateway, target, principal }: AnyRequest,
  { method, ...named }: Pick<StateBinding, "method" | "name" | "arguments">,
): StateBinding {
  const { gatewayId } = gateway;
  return { gatewayId, targetId: target.targetId, principal, method: `consent ${method}`, ...named };
}

/**
 * The request without what was said to the gateway alone, and with the consent that it goes on after.
 * @throws TargetError where the user has declined; ProtocolError for a state that isn't this request's.
 */
async function resumed<Request extends AnyRequest>(
  request: Request,
  binding: StateBinding,
  states: RequestStates,
): Promise<Request> {
  const { inputResponses, requestState, ...others } = request.params;
  if (!isJsonObject(inputResponses) || !Object.hasOwn(inputResponses, inputKey)) return request;
  const consent = JSON.parse(await states.open(requestState ?? null, binding)) as Consent; // Sealed below.
  if (!hasAccepted(inputResponses[inputKey])) {
    throw new TargetError(`The user has declined to consent to ${request.target.name}.`, {
      code: "targetConsentDeclined",
    });
  }
  // A target that wanted input itself begins anew: what it had been told is not what was asked for last.
  return { ...request, params: others, consent };
}

function hasAccepted(response: Json | undefined): boolean {
  return isJsonObject(response) && response.action === "accept";
}

async function wanted(
  { consent: { authorizationUrl: url, sessionUri } }: ConsentNeeded,
  { target, exchange, gateway, params }: AnyRequest,
  seal: () => Promise<string>,
): Promise<JsonObject> {
  const message = `${target.name} acts for you, which you have to agree to first.`;
  if (exchange.era === "modern" && canOpenUrls(params)) {
    const request = { method: "elicitation/create", params: { mode: "url", message, url } };
    return { resultType: "input_required", inputRequests: { [inputKey]: request }, requestState: await seal() };
  }
  if (exchange.era === "legacy" && gateway.settings?.urlElicitation === "ASSUMED") {
    const elicitations = [{ mode: "url", elicitationId: sessionUri, url, message }];
    throw protocolError("urlElicitationRequired", { target: target.name }, { data: { elicitations } });
  }
  throw new ConsentNeeded(target.name, { authorizationUrl: url, sessionUri });
}

/** A client that has declared elicitation without a mode takes forms alone (MCP 2026-07-28, "Elicitation"). */
function canOpenUrls({ _meta }: JsonObject): boolean {
  const declared = isJsonObject(_meta) ? _meta[CLIENT_CAPABILITIES_META_KEY] : undefined;
  const elicitation = isJsonObject(declared) ? declared.elicitation : undefined;
  return isJsonObject(elicitation) && elicitation.url !== undefined;
}
