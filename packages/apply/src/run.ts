import type { BedrockAgentCoreControlClient } from "@aws-sdk/client-bedrock-agentcore-control";
import { GatehouseError } from "@gatehouse/core/errors.ts";
import type { JsonObject } from "@gatehouse/core/json.ts";
import type { Deployment } from "./deployment.ts";
import type { Document } from "./document.ts";
import {
  type GatewayAddress,
  lookUp,
  mapTexts,
  replaceReferences,
  type Surroundings,
  withStandIns,
} from "./references.ts";

/** A document while it is being applied: what is there grows with every step. */
export interface Run {
  readonly client: BedrockAgentCoreControlClient;
  readonly document: Document;
  /** What was there before the first step. */
  readonly deployment: Deployment;
  readonly gateways: Map<string, GatewayAddress>;
  readonly policyEngines: Map<string, PolicyEngineAddress>;
  /** Of the account's own evaluators, by name. */
  readonly evaluatorIds: Map<string, string>;
}

export interface PolicyEngineAddress {
  readonly id: string;
  readonly arn: string;
}

export function startRun(client: BedrockAgentCoreControlClient, document: Document, deployment: Deployment): Run {
  const gateways = new Map([...deployment.gateways].map(([name, { id, arn, url }]) => [name, { id, arn, url }]));
  const policyEngines = new Map([...deployment.policyEngines].map(([name, { id, arn }]) => [name, { id, arn }]));
  const evaluatorIds = new Map(deployment.evaluation?.evaluatorIds);
  return { client, document, deployment, gateways, policyEngines, evaluatorIds };
}

/** What is there by now. */
export function surroundingsOf({ deployment, gateways, policyEngines }: Run): Surroundings {
  const [some] = [...gateways.values(), ...policyEngines.values()];
  const [, , , region = deployment.region, account = deployment.account] = some?.arn.split(":") ?? [];
  return { region, account, gateways };
}

/** A value with all its references replaced. @throws GatehouseError `internal` for what isn't known yet. */
export function resolve(value: JsonObject, surroundings: Surroundings): JsonObject {
  const replace = (reference: string) => {
    const text = lookUp(reference, surroundings);
    return text === undefined ? { problem: `\${${reference}} isn't known yet.` } : { text };
  };
  const fail = (message: string) => {
    throw new GatehouseError("internal", message);
  };
  return mapTexts(value, "", (text) => replaceReferences(text, true, replace, fail)) as JsonObject; // Only texts change.
}

/** What is there by now, and for the rest of the document something of the same form. */
export function provisionalSurroundings(run: Run): Surroundings {
  return withStandIns(surroundingsOf(run), run.document.gateways.keys());
}

/** A request of a document's entries as the SDK's type: it was decoded by the SDK's schema before the first step. */
export function asInput<T>(request: JsonObject): T {
  return request as T;
}
