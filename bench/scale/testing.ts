import type { DecisionFootprint, Footprint } from "./footprint.ts";
import { defaultModel, type LoadModel } from "./model.ts";

/** For tests only: a footprint of round numbers. */
export const roundFootprint: Footprint = {
  decisions: { "tools/call": decision(), "tools/list": decision() },
  counting: { block: 10, event: 1 },
  versionReads: [
    { units: 1, of: "gateway" },
    { units: 1, of: "engine" },
  ],
  itemsPerVersion: 1,
  keysPerGateway: 1,
  retentionSeconds: 90 * 24 * 3_600,
  outboxUnits: 2,
};

function decision(): DecisionFootprint {
  return {
    eventBytes: 1_000,
    messageBytes: 1_000,
    itemBytes: 1_100,
    storedBytes: 1_200,
    rowUnits: 2,
    writeUnits: 2,
    indexUnits: { byKind: 2 },
  };
}

/** For tests only: no lists, one gateway, and a processor time that becomes 10 ms at 1,024 MB. */
export const roundModel: LoadModel = {
  ...defaultModel,
  listsPerCall: 0,
  targetMilliseconds: 200,
  cpuMilliseconds: (10 * 1_024) / 1_769,
};
