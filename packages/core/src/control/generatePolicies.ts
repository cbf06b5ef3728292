import { messageOf } from "../errors.ts";
import type { Analyzer, PolicyReview } from "../policy/analysis/analysis.ts";
import type { AuthoredStatement } from "../policy/authoring/authored.ts";
import type { ConfigRepository } from "../storage/configRepository.ts";
import type { GatewayConfiguration, PolicyGenerationAssetRecord, PolicyGenerationRecord } from "../storage/records.ts";
import { idOfArn, newResourceId } from "./identifiers.ts";
import { nowAfter } from "./times.ts";

/** Writes policies from words, for one gateway: one entry a statement of the text, in its order. */
export type PolicyAuthor = (
  text: string,
  configuration: GatewayConfiguration,
  signal: AbortSignal,
) => Promise<readonly AuthoredStatement[]>;

/** As much as all assets may take together, of an item's 400 KB. */
const mostBytes = 300_000;

/**
 * Writes the policies that StartPolicyGeneration has asked for, and finds out what each means. Doing it twice changes
 * nothing: the first result stays. Whatever the author can't do ends the generation as GENERATE_FAILED, with the reason.
 * @param options.signal ends the generation as GENERATE_FAILED, with its reason, before the function's time is up.
 * @throws what the storage or the solver's worker throws: the queue brings the request again.
 */
export async function generatePolicies(options: {
  readonly policyEngineId: string;
  readonly policyGenerationId: string;
  readonly repository: ConfigRepository;
  readonly author: PolicyAuthor;
  readonly analyzer: Analyzer;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { policyEngineId, policyGenerationId, repository } = options;
  const generation = await repository.getPolicyGeneration(policyEngineId, policyGenerationId);
  if (generation?.status !== "GENERATING") return;
  const configuration = await repository.loadGateway(idOfArn(generation.gatewayArn));
  const outcome =
    configuration === undefined
      ? failed(`The gateway ${generation.gatewayArn} is gone.`)
      : await write(generation, configuration, options);
  await repository.finishPolicyGeneration({
    ...generation,
    ...outcome,
    updatedAt: nowAfter(generation.updatedAt),
  });
}

type Outcome = Pick<PolicyGenerationRecord, "status" | "statusReasons" | "assets">;

async function write(
  { rawText }: PolicyGenerationRecord,
  configuration: GatewayConfiguration,
  { author, analyzer, signal }: Parameters<typeof generatePolicies>[0],
): Promise<Outcome> {
  let statements: readonly AuthoredStatement[];
  try {
    statements = await author(rawText, configuration, signal);
  } catch (error) {
    return failed(messageOf(signal.aborted ? signal.reason : error));
  }
  const assets: PolicyGenerationAssetRecord[] = [];
  for (const statement of statements) {
    if (signal.aborted) return failed(messageOf(signal.reason));
    assets.push(await assetOf(statement, configuration, analyzer));
  }
  if (Buffer.byteLength(JSON.stringify(assets)) > mostBytes) {
    return failed("The policies that were written are too large to be kept together; write of fewer at a time.");
  }
  return { status: "GENERATED", statusReasons: [], assets };
}

async function assetOf(
  authored: AuthoredStatement,
  configuration: GatewayConfiguration,
  analyzer: Analyzer,
): Promise<PolicyGenerationAssetRecord> {
  const asset = { policyGenerationAssetId: newResourceId("asset"), rawTextFragment: authored.fragment };
  if ("reason" in authored) {
    return { ...asset, findings: [{ type: "NOT_TRANSLATABLE", description: authored.reason }] };
  }
  const { statement } = authored;
  const review = await analyzer.reviewAlone({ policyId: asset.policyGenerationAssetId, statement }, configuration);
  return { ...asset, statement, findings: findingsOf(review) };
}

/** What could not be found out is said where the policy is called valid: there is no finding for it. */
function findingsOf({ findings, undecided }: PolicyReview): PolicyGenerationAssetRecord["findings"] {
  const open = undecided.map(({ reason }) => ` Not decided: ${reason}`).join("");
  return findings.map(({ type, description }) => ({
    type,
    description: type === "VALID" ? `${description}${open}` : description,
  }));
}

function failed(reason: string): Outcome {
  return { status: "GENERATE_FAILED", statusReasons: [reason], assets: [] };
}
