import { messageOf } from "../errors.ts";
import type { ConfigRepository, Synchronization } from "../storage/configRepository.ts";
import type { TargetRecord } from "../storage/records.ts";
import { reviewTools } from "../tools.ts";
import { kindOf, TargetError, type TargetKind, type TargetKinds } from "./targets/target.ts";

/**
 * Reads a target's tools from the target into the catalogue. A target that fails keeps the tools it had, and its status
 * says what went wrong. Doing it twice changes nothing.
 * @throws GatehouseError `conflict` when the target was changed meanwhile: the queue brings the request again.
 */
export async function synchronizeTarget(options: {
  gatewayId: string;
  targetId: string;
  repository: ConfigRepository;
  kinds: TargetKinds;
  now: () => Date;
}): Promise<void> {
  const { gatewayId, targetId, repository, kinds, now } = options;
  const target = await repository.getTarget(gatewayId, targetId);
  // Deleted since: nothing is left to do.
  if (target === undefined) return;
  const described = withSchema(target, await repository.getSchema(target));
  const outcome = await readTools(described, kinds[kindOf(target) ?? ""], now());
  await repository.putTools(target, outcome);
}

/** A target with the description of its tools in its place, where that is kept apart. */
function withSchema(target: TargetRecord, schema: string | undefined): TargetRecord {
  const kind = kindOf(target);
  if (schema === undefined || (kind !== "openApiSchema" && kind !== "smithyModel")) return target;
  const inline = { inlinePayload: schema };
  const mcp = kind === "openApiSchema" ? { openApiSchema: inline } : { smithyModel: inline };
  return { ...target, targetConfiguration: { mcp } };
}

async function readTools(target: TargetRecord, kind: TargetKind | undefined, now: Date): Promise<Synchronization> {
  if (kind === undefined) return failed(["A target of this kind has no tools to read."], target);
  try {
    const { tools, warnings: remarks = [] } = await kind.discover(target);
    const { problems, warnings } = reviewTools(target.name, tools);
    if (problems.length > 0) return failed(problems, target);
    return { tools, status: "READY", statusReasons: [...warnings, ...remarks], lastSynchronizedAt: now.toISOString() };
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return failed([messageOf(error)], target);
  }
}

/** A target that never had tools has failed; one that had keeps serving them, unsuccessfully synchronised. */
function failed(statusReasons: readonly string[], { lastSynchronizedAt }: TargetRecord): Synchronization {
  const status = lastSynchronizedAt === undefined ? "FAILED" : "SYNCHRONIZE_UNSUCCESSFUL";
  // The first ones are enough to start mending.
  return { status, statusReasons: statusReasons.slice(0, 20) };
}
