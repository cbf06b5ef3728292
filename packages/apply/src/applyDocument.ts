import { isDeepStrictEqual } from "node:util";
import type { BedrockAgentCoreControlClient } from "@aws-sdk/client-bedrock-agentcore-control";
import { GatehouseError } from "@gatehouse/core/errors.ts";
import { problemsOf } from "./check.ts";
import type { Deployment } from "./deployment.ts";
import { type Document, readDocument } from "./document.ts";
import { execute } from "./execute.ts";
import { evaluationExtent, identityExtent, mentionedBy } from "./mentioned.ts";
import { type Plan, type PlanOptions, planOf } from "./plan.ts";
import { refusal } from "./problems.ts";
import { readDeployment } from "./read.ts";
import type { GatewayAddress } from "./references.ts";
import { type PolicyEngineAddress, startRun } from "./run.ts";
import { type Step, stepsOf } from "./steps.ts";
import type { VariableSource } from "./variables.ts";

/** What is to be applied, and where to. */
export interface ApplyOptions extends PlanOptions {
  readonly client: BedrockAgentCoreControlClient;
  /** The document, or its text with what its variables are replaced by. */
  readonly document: Document | ({ readonly text: string } & VariableSource);
  /** Told what will be done before anything is done; nothing is done if it answers false. */
  readonly onPlan?: ((plan: Plan) => boolean | Promise<boolean>) | undefined;
  /** Told of each step when it is done. */
  readonly onStep?: ((step: Step) => void) | undefined;
}

/** What came of it. */
export interface Applied {
  readonly plan: Plan;
  /** Whether the deployment is what the document says: false if `onPlan` didn't want it. */
  readonly applied: boolean;
  /** By name, all that is deployed. */
  readonly gateways: ReadonlyMap<string, GatewayAddress>;
  readonly policyEngines: ReadonlyMap<string, PolicyEngineAddress>;
}

/**
 * Brings a deployment to what a document says, through the public API. What is so already isn't touched.
 * @throws GatehouseError `validation` with everything that is wrong with the document, before anything is changed;
 *   `conflict` when somebody else changed the deployment while the plan was being looked at; `internal` when a step
 *   fails, saying what was done: the same call goes on from there.
 */
export async function applyDocument({
  client,
  document: given,
  onPlan,
  onStep,
  ...options
}: ApplyOptions): Promise<Applied> {
  const document = "text" in given ? readDocument(given.text, given) : given;
  const { deployment, plan } = await prepare(client, document, options);
  const run = startRun(client, document, deployment);
  const outcome = { plan, gateways: run.gateways, policyEngines: run.policyEngines };
  if (onPlan !== undefined) {
    if (!(await onPlan(plan))) return { ...outcome, applied: false };
    // Looking at a plan takes time, in which somebody else may have changed what it is about.
    const now = plan.changes.length === 0 ? deployment : await readFor(client, document, options);
    if (!isDeepStrictEqual(withoutMetadata(now), withoutMetadata(deployment))) {
      throw new GatehouseError(
        "conflict",
        "The deployment was changed by somebody else meanwhile. Nothing was changed; run it again.",
      );
    }
  }
  await execute(run, stepsOf(plan, document, deployment), onStep);
  return { ...outcome, applied: true };
}

/** What is deployed, and what is to be done about it. @throws GatehouseError `validation` for a document that can't be applied. */
async function prepare(client: BedrockAgentCoreControlClient, document: Document, options: PlanOptions) {
  const deployment = await readFor(client, document, options);
  const problems = problemsOf(document, deployment, options);
  if (problems.length > 0) throw refusal(problems);
  return { deployment, plan: planOf(document, deployment, options) };
}

function readFor(
  client: BedrockAgentCoreControlClient,
  document: Document,
  { prune }: PlanOptions,
): Promise<Deployment> {
  const identity = identityExtent(document, prune ?? false);
  const evaluation = evaluationExtent(document, prune ?? false);
  const rest = prune ? ({ gateways: "all", policyEngines: "all" } as const) : mentionedBy(document);
  return readDeployment(client, { ...rest, identity, evaluation });
}

/** A deployment without what every answer has of its own, such as the request's id. */
function withoutMetadata(deployment: Deployment): unknown {
  const gateways = [...deployment.gateways].map(([name, { described, ...gateway }]) => {
    const { $metadata: _, ...rest } = described;
    return [name, gateway, rest];
  });
  return [gateways, [...deployment.policyEngines], deployment.identity, deployment.evaluation];
}
