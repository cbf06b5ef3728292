import { GatehouseError } from "../errors.ts";
import { engineIdOf } from "./configRepository.attachments.ts";
import { featuresGenerationOf, featuresOf } from "./configRepository.features.ts";
import { gatewayOf } from "./configRepository.gateways.ts";
import { policyOf } from "./configRepository.policies.ts";
import { policyEngineOf } from "./configRepository.policyEngines.ts";
import { type ConfigTable, type Item, read, readPartition } from "./configRepository.table.ts";
import { generationOf, targetOf } from "./configRepository.targets.ts";
import { toolOf } from "./configRepository.tools.ts";
import {
  engineKey,
  enginePartition,
  featuresPrefix,
  gatewayKey,
  gatewayPartition,
  prefixes,
  toolsPrefix,
} from "./keys.ts";
import type { GatewayConfiguration, PolicyEngineConfiguration } from "./records.ts";

/** What a gateway's configuration depends on, as of now. */
export interface ConfigurationVersions {
  readonly gatewayVersion: number;
  /** Absent where the gateway has no engine; without a version where it names one that isn't there. */
  readonly engine: { readonly id: string; readonly version: number | undefined } | undefined;
}

/** A configuration that keeps changing is read this often before the reader gives up. */
const attempts = 10;

/** Whole configurations, each read so that all of it is of one version. */
export function snapshots(table: ConfigTable) {
  return {
    /** The versions of a gateway and of its engine: two consistent reads of one item each. */
    async versions(gatewayId: string): Promise<ConfigurationVersions | undefined> {
      const item = await read(table, gatewayKey(gatewayId));
      if (item === undefined) return undefined;
      const { version: gatewayVersion, policyEngineConfiguration } = gatewayOf(item);
      if (policyEngineConfiguration === undefined) return { gatewayVersion, engine: undefined };
      const id = engineIdOf(policyEngineConfiguration);
      const engine = await read(table, engineKey(id));
      return { gatewayVersion, engine: { id, version: engine && Number(engine.version) } };
    },

    /** A gateway with its targets and their tools. */
    loadGateway(gatewayId: string): Promise<GatewayConfiguration | undefined> {
      return ofOneVersion(
        () => read(table, gatewayKey(gatewayId)),
        async (item) => configurationOf(item, await readPartition(table, gatewayPartition(gatewayId))),
      );
    },

    /** An engine with its policies that are in force: those that are ACTIVE. */
    loadPolicyEngine(policyEngineId: string): Promise<PolicyEngineConfiguration | undefined> {
      return ofOneVersion(
        () => read(table, engineKey(policyEngineId)),
        async (item) => {
          const items = await readPartition(table, enginePartition(policyEngineId), { prefix: prefixes.policy });
          const policies = items.map(policyOf).filter(({ status }) => status === "ACTIVE");
          return { engine: policyEngineOf(item), policies };
        },
      );
    },
  };
}

/**
 * Reads what belongs to `head` between two readings of `head`, until both are of one version: every change of what
 * belongs to it grows that version in the same transaction, so what was read in between is all of that version.
 */
async function ofOneVersion<T>(
  head: () => Promise<Item | undefined>,
  load: (head: Item) => Promise<T>,
): Promise<T | undefined> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const before = await head();
    if (before === undefined) return undefined;
    const loaded = await load(before);
    const after = await head();
    if (after !== undefined && after.version === before.version) return loaded;
  }
  throw new GatehouseError("throttled", "The configuration changes faster than it can be read; try again.");
}

function configurationOf(head: Item, items: readonly Item[]): GatewayConfiguration {
  const of = (prefix: string) => items.filter(({ sk }) => String(sk).startsWith(prefix));
  const tools = Map.groupBy(of(prefixes.tool), ({ sk }) => String(sk).slice(0, String(sk).lastIndexOf("#") + 1));
  const features = Map.groupBy(of(prefixes.features), ({ sk }) => String(sk).slice(0, String(sk).lastIndexOf("#") + 1));
  const targets = of(prefixes.target).map((item) => {
    const target = targetOf(item);
    const generation = generationOf(item);
    const offered = featuresOf(features.get(featuresPrefix(target.targetId, featuresGenerationOf(item))) ?? []);
    return {
      ...target,
      tools: (tools.get(toolsPrefix(target.targetId, generation)) ?? []).map(toolOf),
      ...(offered === undefined ? {} : { features: offered }),
    };
  });
  return { gateway: gatewayOf(head), targets };
}
