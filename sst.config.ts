/// <reference path="./.sst/platform/config.d.ts" />

/** The AWS app. Its stacks are made from `packages/functions/src/topology.ts`, the same data the one-machine host runs. */
export default $config({
  app(input) {
    return {
      name: "gatehouse",
      home: "aws",
      removal: input.stage === "production" ? "retain" : "remove",
      protect: input.stage === "production",
    };
  },
  async run() {
    throw new Error("Gatehouse cannot be deployed to AWS yet: run it on one machine with `npm start`.");
  },
});
