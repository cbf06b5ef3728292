import type { GetGatewayCommandOutput } from "@aws-sdk/client-bedrock-agentcore-control";
import type { JsonObject } from "@gatehouse/core/json.ts";
import type { EvaluationDeployment } from "./evaluation/kinds.ts";
import type { ByKind, PresentIdentity } from "./identity/kinds.ts";
import type { GatewayAddress, Surroundings } from "./references.ts";

/** What is deployed: every gateway and engine, and what belongs to those that were asked for. */
export interface Deployment extends Surroundings {
  readonly gateways: ReadonlyMap<string, PresentGateway>;
  readonly policyEngines: ReadonlyMap<string, PresentPolicyEngine>;
  /** Agents and credential providers, of the kinds that were asked for. */
  readonly identity?: ByKind<PresentIdentity>;
  /** Evaluators and online evaluations, of the kinds that were asked for. */
  readonly evaluation?: EvaluationDeployment;
}

/** A deployed gateway, in the form of a document's entry. */
export interface PresentGateway extends GatewayAddress {
  readonly status: string;
  readonly settings: JsonObject;
  readonly tags: JsonObject;
  readonly ownSettings: JsonObject;
  readonly policyEngine?: { readonly name: string; readonly mode: string };
  readonly targets: ReadonlyMap<string, Present>;
  /** Whether its targets and tags were asked for; otherwise there are none here. */
  readonly isRead: boolean;
  /** Everything that the service says of it: an update has to repeat what a document can't say. */
  readonly described: GetGatewayCommandOutput;
}

/** A deployed policy engine, in the form of a document's entry. */
export interface PresentPolicyEngine {
  readonly id: string;
  readonly arn: string;
  readonly status: string;
  readonly settings: JsonObject;
  readonly tags: JsonObject;
  readonly policies: ReadonlyMap<string, Present>;
}

/** A deployed target or policy, in the form of a document's entry. */
export interface Present {
  readonly id: string;
  readonly status: string;
  readonly settings: JsonObject;
}
