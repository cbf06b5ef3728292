import { GatehouseError } from "../errors.ts";
import { countDrift, type Drift, driftOf, newlyQuarantined } from "../pinning/drift.ts";
import { approved, type DriftSettings, distrust, type Pinned, reconcile } from "../pinning/reconcile.ts";
import { couldShadow } from "../review/shadowing.ts";
import { reviewTools } from "../review/tools.ts";
import { ChangedMeanwhile } from "../storage/configRepository.table.ts";
import type { Catalogue, ConfigRepository, GatewayNames } from "../storage/configRepository.ts";
import type { GatewayRecord, TargetFeatures, TargetRecord } from "../storage/records.ts";
import { reviewFeatures } from "./features/review.ts";
import { isDescribedInline } from "./targets/inline.ts";
import { type Discovery, kindOf, TargetError, type TargetKind, type TargetKinds } from "./targets/target.ts";

/** What a synchronisation has found that nobody has been told of. */
export interface SynchronizationReport {
  readonly target: TargetRecord;
  /** Tools that are in quarantine now and weren't before, or not in this state. */
  readonly quarantined: readonly Drift[];
}

type Outcome = Pick<TargetRecord, "status" | "statusReasons" | "lastSynchronizedAt">;

/** Two that end at the same moment, and an acceptance beside them: more never meet. */
const attempts = 10;

/**
 * Reads a target's tools from the target into the catalogue. The first ones are approved by whoever has made the target;
 * of later ones, what differs from what was approved is put in quarantine (T13). A target that fails keeps the tools it
 * had, and its status says what went wrong. Doing it twice changes nothing.
 * @returns what is newly in quarantine; nothing where the target is gone, or was read again meanwhile.
 * @throws GatehouseError `conflict` when the target was changed meanwhile: the queue brings the request again.
 */
export async function synchronizeTarget(options: {
  gatewayId: string;
  targetId: string;
  repository: ConfigRepository;
  kinds: TargetKinds;
  now: () => Date;
}): Promise<SynchronizationReport | undefined> {
  const { gatewayId, targetId, repository, kinds, now } = options;
  const [gateway, target] = await Promise.all([
    repository.getGateway(gatewayId),
    repository.getTarget(gatewayId, targetId),
  ]);
  // Deleted since: nothing is left to do.
  if (gateway === undefined || target === undefined) return undefined;
  const startedAt = now().toISOString();
  const described = withSchema(target, await repository.getSchema(target));
  const discovery = await discover(described, gateway, kinds[kindOf(target) ?? ""]);
  if (discovery instanceof TargetError) {
    await repository.putTools(target, failed([discovery.message], target));
    return undefined;
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await write(target, discovery, startedAt, repository);
    } catch (error) {
      // What was read from the target still holds: it is compared with what is there now.
      if (!(error instanceof ChangedMeanwhile) || attempt === attempts) throw error;
    }
  }
}

/** A target with the description of its tools in its place, where that is kept apart. */
function withSchema(target: TargetRecord, schema: string | undefined): TargetRecord {
  if (schema === undefined) return target;
  const inline = { inlinePayload: schema };
  const { mcp } = target.targetConfiguration;
  switch (kindOf(target)) {
    case "openApiSchema":
      return { ...target, targetConfiguration: { mcp: { openApiSchema: inline } } };
    case "smithyModel":
      return { ...target, targetConfiguration: { mcp: { smithyModel: inline } } };
    case "mcpServer": {
      const mcpServer = { endpoint: mcp?.mcpServer?.endpoint, ...mcp?.mcpServer, mcpToolSchema: inline };
      return { ...target, targetConfiguration: { mcp: { mcpServer } } };
    }
    default:
      return target;
  }
}

async function discover(
  target: TargetRecord,
  gateway: GatewayRecord,
  kind: TargetKind | undefined,
): Promise<Discovery | TargetError> {
  if (kind === undefined) return new TargetError("A target of this kind has no tools to read.");
  try {
    return await kind.discover(target, gateway);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return error;
  }
}

async function write(
  { gatewayId, targetId, updatedAt }: TargetRecord,
  discovery: Discovery,
  startedAt: string,
  repository: ConfigRepository,
): Promise<SynchronizationReport | undefined> {
  const [gateway, names, before] = await Promise.all([
    repository.getGateway(gatewayId),
    repository.getNames(gatewayId),
    repository.getCatalogue(gatewayId, targetId),
  ]);
  if (gateway === undefined || before === undefined) return undefined;
  const { target } = before;
  if (target.updatedAt !== updatedAt) {
    throw new GatehouseError("conflict", `Target ${targetId} was changed while its tools were read.`);
  }
  // Somebody else has read them since: what they say now counts.
  if (target.lastSynchronizedAt !== undefined && target.lastSynchronizedAt > startedAt) return undefined;
  const { outcome, pinned, features } = compare(before, discovery, { gateway, names, startedAt });
  const drift = driftOf(pinned);
  const related = names.targets.some((other) => other.targetId !== targetId && couldShadow(target.name, other.name));
  await repository.putCatalogue(
    before,
    {
      ...pinned,
      ...(features === undefined ? {} : { features }),
      target: { ...outcome, ...(drift.length === 0 ? {} : { drift: countDrift(drift) }) },
    },
    related ? { ifGatewayVersion: names.gatewayVersion } : {},
  );
  return { target, quarantined: newlyQuarantined(before, pinned) };
}

function compare(
  before: Catalogue,
  { tools, features, warnings: remarks = [] }: Discovery,
  { gateway, names, startedAt }: { gateway: GatewayRecord; names: GatewayNames; startedAt: string },
): { outcome: Outcome; pinned: Pinned; features?: TargetFeatures } {
  const { target } = before;
  const neighbours = names.targets.filter(({ targetId }) => targetId !== target.targetId);
  const { problems, warnings } = reviewTools(target.name, tools, neighbours);
  if (problems.length > 0) return { outcome: failed(problems, target), pinned: distrust(before, tools) };
  // What is in the target's configuration was put there, and so approved, by an administrator.
  const beside = features === undefined ? undefined : reviewFeatures(target.name, features);
  const isApproved = target.lastSynchronizedAt === undefined || isDescribedInline(target);
  return {
    outcome: {
      status: "READY",
      statusReasons: [...warnings, ...(beside?.warnings ?? []), ...remarks],
      lastSynchronizedAt: startedAt,
    },
    ...(beside === undefined ? {} : { features: beside.features }),
    pinned: isApproved ? approved(tools) : reconcile(before, tools, settingsOf(gateway)),
  };
}

function settingsOf({ settings }: GatewayRecord): DriftSettings {
  const { changedTools = "QUARANTINE", newTools = "QUARANTINE" } = settings ?? {};
  return { changedTools, newTools };
}

/** A target that never had tools has failed; one that had keeps serving them, unsuccessfully synchronised. */
function failed(statusReasons: readonly string[], { lastSynchronizedAt }: TargetRecord): Outcome {
  const status = lastSynchronizedAt === undefined ? "FAILED" : "SYNCHRONIZE_UNSUCCESSFUL";
  // The first ones are enough to start mending.
  return { status, statusReasons: statusReasons.slice(0, 20) };
}
