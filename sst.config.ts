/// <reference path="./.sst/platform/config.d.ts" />

/** The AWS app. Its stacks are made from `packages/functions/src/topology.ts`, the same data the one-machine host runs. */
export default $config({
  async app({ stage }) {
    const { stageOf } = await import("./stacks/stages.ts");
    const { keepsData } = stageOf(stage);
    return {
      name: "gatehouse",
      home: "aws",
      removal: keepsData ? "retain" : "remove",
      protect: keepsData,
      // Pinned, because a provider decides what becomes of every argument; the region is the one of your AWS profile.
      providers: { aws: { version: "7.20.0" } },
    };
  },
  async run() {
    const { gatehouse } = await import("./stacks/gatehouse.ts");
    return gatehouse();
  },
});
