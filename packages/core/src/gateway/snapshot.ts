import { LRUCache } from "lru-cache";
import { type ArgumentsCheck, compileArgumentsCheck } from "../arguments.ts";
import { messageOf } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { compilePolicies, type PolicyEngine } from "../policy/engine.ts";
import { engineIdOf } from "../storage/configRepository.attachments.ts";
import type { ConfigRepository } from "../storage/configRepository.ts";
import { type GatewayConfiguration, quarantine } from "../storage/records.ts";
import { type GatewayTool, toolsOf } from "../tools.ts";
import { type FeatureCatalogue, featureCatalogueOf } from "./features/catalogue.ts";

/**
 * How old a snapshot may be before its versions are read again. A change takes effect within a second: the rest of it is
 * for reading and compiling what has changed.
 */
export const freshMilliseconds = 900;

/** The policy engine of a gateway as a snapshot holds it. */
export interface EngineInForce {
  readonly arn: string;
  readonly version: number;
  readonly mode: "ENFORCE" | "LOG_ONLY";
  /** Absent where the engine could not be loaded: then `failure` says why, and nothing is allowed. */
  readonly policies?: PolicyEngine;
  readonly failure?: string;
}

/** A gateway's whole configuration at one version. A call runs against one snapshot from start to end (T16). */
export interface Snapshot {
  readonly configuration: GatewayConfiguration;
  /** Those in quarantine are among them, so that a call of one is answered with what is the matter; none is offered. */
  readonly tools: ReadonlyMap<string, GatewayTool>;
  /** What the targets offer beside tools. */
  readonly features: FeatureCatalogue;
  /** Absent where the gateway has no engine: then every listed tool may be called. */
  readonly engine?: EngineInForce;
  /** The check of a tool's arguments, compiled when first needed. */
  argumentsCheck(tool: GatewayTool): ArgumentsCheck;
}

/** Snapshots by gateway id; `undefined` where there is no such gateway. */
export interface Snapshots {
  get(gatewayId: string): Promise<Snapshot | undefined>;
}

interface Held {
  readonly snapshot: Snapshot;
  checkedAt: number;
}

/**
 * Holds a snapshot a gateway and asks the config table at most once a second whether it still is the current one.
 * When the table cannot be read, `get` rejects: what cannot be known to be in force is not used.
 */
export function createSnapshots({
  repository,
  now = Date.now,
}: {
  repository: ConfigRepository;
  now?: () => number;
}): Snapshots {
  const held = new LRUCache<string, Held>({
    max: 500,
    dispose: ({ snapshot }) => snapshot.engine?.policies?.release(),
  });
  const refreshing = new Map<
    string,
    { readonly startedAt: number; readonly snapshot: Promise<Snapshot | undefined> }
  >();

  /** @param startedAt the moment before reading: a change made while the read is under way must not count as seen. */
  async function refresh(gatewayId: string, startedAt: number): Promise<Snapshot | undefined> {
    const versions = await repository.versions(gatewayId);
    const current = held.get(gatewayId);
    if (versions === undefined) {
      held.delete(gatewayId);
      return undefined;
    }
    if (current !== undefined && isCurrent(current.snapshot, versions)) {
      current.checkedAt = Math.max(current.checkedAt, startedAt);
      return current.snapshot;
    }
    const snapshot = await load(gatewayId, versions, repository, current?.snapshot);
    if (snapshot === undefined) held.delete(gatewayId);
    else if ((held.get(gatewayId)?.checkedAt ?? 0) <= startedAt)
      held.set(gatewayId, { snapshot, checkedAt: startedAt });
    // A reading that began earlier and took longer must not replace a later one: it answers those who waited for it.
    else snapshot.engine?.policies?.release();
    return snapshot;
  }

  return {
    async get(gatewayId) {
      const current = held.get(gatewayId);
      if (current !== undefined && now() - current.checkedAt < freshMilliseconds) return current.snapshot;
      // Whoever comes later joins a reading that is under way, as long as that began within the same second.
      const underWay = refreshing.get(gatewayId);
      if (underWay !== undefined && now() - underWay.startedAt < freshMilliseconds) return underWay.snapshot;
      const startedAt = now();
      const snapshot = refresh(gatewayId, startedAt);
      const entry = { startedAt, snapshot };
      refreshing.set(gatewayId, entry);
      const done = () => refreshing.get(gatewayId) === entry && refreshing.delete(gatewayId);
      snapshot.then(done, done);
      return snapshot;
    },
  };
}

type Versions = NonNullable<Awaited<ReturnType<ConfigRepository["versions"]>>>;

function isCurrent({ configuration, engine }: Snapshot, versions: Versions): boolean {
  // An engine that failed to load is tried again: what was wrong may have passed.
  if (engine?.failure !== undefined) return false;
  return configuration.gateway.version === versions.gatewayVersion && engine?.version === versions.engine?.version;
}

/** Reads what has changed since the snapshot before: with the policies alone, the gateway and all that was made of it stays. */
async function load(
  gatewayId: string,
  { gatewayVersion }: Versions,
  repository: ConfigRepository,
  previous: Snapshot | undefined,
): Promise<Snapshot | undefined> {
  const isSameGateway = previous?.configuration.gateway.version === gatewayVersion;
  const configuration = isSameGateway ? previous.configuration : await repository.loadGateway(gatewayId);
  if (configuration === undefined) return undefined;
  const engine = await loadEngine(configuration, repository, previous?.engine);
  const gateway = isSameGateway ? previous : gatewayParts(configuration);
  const { tools, features, argumentsCheck } = gateway;
  return { configuration, tools, features, argumentsCheck, ...(engine === undefined ? {} : { engine }) };
}

function gatewayParts(configuration: GatewayConfiguration): Pick<Snapshot, "tools" | "features" | "argumentsCheck"> {
  const checks = new Map<JsonObject, ArgumentsCheck>();
  return {
    tools: new Map(
      toolsOf(configuration)
        .filter(isThere)
        .map((tool) => [tool.name, tool]),
    ),
    features: featureCatalogueOf(configuration, configuration.gateway.settings?.toolNames),
    argumentsCheck({ description: { inputSchema } }) {
      let check = checks.get(inputSchema);
      if (check === undefined) {
        check = compileArgumentsCheck(inputSchema);
        checks.set(inputSchema, check);
      }
      return check;
    },
  };
}

/** A tool that its target no longer has is known to policies alone. */
function isThere({ description }: GatewayTool): boolean {
  return description[quarantine] !== "REMOVED";
}

async function loadEngine(
  configuration: GatewayConfiguration,
  repository: ConfigRepository,
  previous: EngineInForce | undefined,
): Promise<EngineInForce | undefined> {
  const reference = configuration.gateway.policyEngineConfiguration;
  if (reference?.arn === undefined) return undefined;
  const { arn } = reference;
  const mode = reference.mode === "LOG_ONLY" ? "LOG_ONLY" : "ENFORCE";
  try {
    const loaded = await repository.loadPolicyEngine(engineIdOf(reference));
    if (loaded === undefined) throw new Error("it does not exist");
    const policies = compilePolicies({ configuration, policies: loaded.policies, previous: previous?.policies });
    return { arn, version: loaded.engine.version, mode, policies };
  } catch (error) {
    return { arn, version: -1, mode, failure: `The policy engine could not be loaded: ${messageOf(error)}` };
  }
}
