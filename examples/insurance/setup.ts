import { readFile } from "node:fs/promises";
import { BedrockAgentCoreControlClient, type GatewayPolicyEngineMode } from "@aws-sdk/client-bedrock-agentcore-control";
import { type Applied, applyDocument } from "@gatehouse/apply/applyDocument.ts";
import { type Document, type GatewayEntry, readDocument } from "@gatehouse/apply/document.ts";

/** An access key of a Gatehouse. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Who may call the example's gateway. */
export interface Callers {
  /** The OpenID Connect issuer whose tokens the gateway accepts. */
  readonly issuer: string;
  /** The audience that tokens must have; the gateway's own URL unless given, as MCP clients ask for it (RFC 8707). */
  readonly audience?: string;
  /** What the names of the example's Lambda functions begin with; `insurance` unless given. */
  readonly functions?: string;
}

/** Where the example is set up. */
export interface InsuranceOptions extends Callers {
  /** The control plane's address. */
  readonly endpoint: string;
  /** An administrator's. */
  readonly credentials?: Credentials;
  /** Where the control plane says that it is; us-east-1 unless given. */
  readonly region?: string;
  /** Whether policies are enforced (the default) or only evaluated and recorded. */
  readonly enforce?: boolean;
}

/** The example's gateway. */
export interface InsuranceGateway {
  readonly gatewayId: string;
  readonly gatewayArn: string;
  /** The MCP endpoint. */
  readonly gatewayUrl: string;
  readonly audience: string;
}

/** The example, ready for agents. */
export interface Insurance extends InsuranceGateway {
  readonly policyEngineArn: string;
}

const gatewayName = "insurance";
const engineName = "underwriting_use_case";
const file = new URL("insurance.yaml", import.meta.url);

/**
 * Sets up the insurance example as any administrator would: applies its file with AWS's own SDK to a running control
 * plane. What is there already (by name) is brought to what the file says, so it may run any number of times.
 */
export async function setUpInsurance(options: InsuranceOptions): Promise<Insurance> {
  const { endpoint, credentials, region, enforce = true } = options;
  const client = createClient(endpoint, credentials, region);
  try {
    const applied = await applyDocument({
      client,
      document: await insurance(options, enforce ? "ENFORCE" : "LOG_ONLY"),
    });
    return { ...gatewayOf(applied, options), policyEngineArn: engineArnOf(applied) };
  } finally {
    client.destroy();
  }
}

/** The SDK's client for a control plane that isn't AWS's. */
export function createClient(
  endpoint: string,
  credentials: Credentials = { accessKeyId: "gatehouse", secretAccessKey: "gatehouse" },
  region = "us-east-1",
): BedrockAgentCoreControlClient {
  return new BedrockAgentCoreControlClient({ endpoint, region, credentials });
}

/** The talk's step 1: the gateway with its three targets and search. No policy engine decides about its calls. */
export async function createGateway(
  client: BedrockAgentCoreControlClient,
  callers: Callers,
): Promise<InsuranceGateway> {
  const whole = await insurance(callers);
  const gateways = new Map([...whole.gateways].map(([name, entry]) => [name, withoutEngine(entry)]));
  const applied = await applyDocument({ client, document: { ...whole, gateways, policyEngines: new Map() } });
  return gatewayOf(applied, callers);
}

/** Creates the engine with the example's two policies about its gateway. It is attached to nothing. */
export async function createEngineAndPolicies(client: BedrockAgentCoreControlClient, callers: Callers): Promise<void> {
  await applyDocument({ client, document: { ...(await insurance(callers)), gateways: new Map() } });
}

/** Steps 2 and 3: the engine decides about the gateway's calls, and in which mode. */
export async function attach(
  client: BedrockAgentCoreControlClient,
  callers: Callers,
  mode: GatewayPolicyEngineMode,
): Promise<void> {
  await applyDocument({ client, document: await insurance(callers, mode) });
}

/** The example's file, all of it. */
async function insurance(callers: Callers, mode: GatewayPolicyEngineMode = "ENFORCE"): Promise<Document> {
  const { issuer, audience, functions } = callers;
  const optional = Object.entries({ audience, functions }).filter(([, value]) => value !== undefined);
  const variables = { issuer, mode, ...Object.fromEntries(optional) };
  return readDocument(await readFile(file, "utf8"), { variables });
}

function withoutEngine({ policyEngine: _, ...gateway }: GatewayEntry): GatewayEntry {
  return gateway;
}

function gatewayOf({ gateways }: Applied, { audience }: Callers): InsuranceGateway {
  const { id = "", arn = "", url = "" } = gateways.get(gatewayName) ?? {};
  return { gatewayId: id, gatewayArn: arn, gatewayUrl: url, audience: audience ?? url };
}

function engineArnOf({ policyEngines }: Applied): string {
  return policyEngines.get(engineName)?.arn ?? "";
}
