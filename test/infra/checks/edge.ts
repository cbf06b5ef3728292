import { readFileSync } from "node:fs";
import type { Graph, Inputs } from "../synth/graph.ts";
import { region } from "../synth/graph.ts";
import { all, type Check, differing } from "./find.ts";

/** The code of a function of `stacks/edge/`. */
export function edgeCode(name: string): string {
  return readFileSync(new URL(`../../../stacks/edge/${name}.js`, import.meta.url), "utf8");
}

/** Clients reach the API through one distribution, encrypted, whole and never from a cache, and its two functions are there. */
export const edge: Check = (graph, { domain, webAclArn }) => {
  const [distribution, ...more] = all(graph, "cloudfront/distribution").map(({ inputs }) => inputs);
  if (distribution === undefined || more.length > 0) return ["There isn't one distribution"];
  const behavior = distribution.defaultCacheBehavior as Inputs;
  const { minimumProtocolVersion } = distribution.viewerCertificate as Inputs;
  return [
    ...differing("The origin", distribution.origins.map(originOf), [
      {
        host: `apiapiid.execute-api.${region}.amazonaws.com`,
        path: `/${graph.app.stage}`,
        protocol: "https-only",
        seconds: 60,
      },
    ]),
    ...differing("How it is reached", behavior.viewerProtocolPolicy, "https-only"),
    // CloudFront's own: CachingDisabled, and AllViewerExceptHostHeader.
    ...differing("What is cached", behavior.cachePolicyId, "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"),
    ...differing("What is handed on", behavior.originRequestPolicyId, "b689b0a8-53d0-40ab-baf2-68738e2966ac"),
    ...differing("How many methods pass", behavior.allowedMethods.length, 7),
    ...differing("The functions", functionsOf(graph, behavior), {
      "viewer-request": edgeCode("viewer-request"),
      "viewer-response": edgeCode("viewer-response"),
    }),
    ...differing("The names", distribution.aliases, domain === undefined ? [] : [domain.name]),
    ...differing("The oldest TLS", minimumProtocolVersion, domain === undefined ? undefined : "TLSv1.2_2021"),
    ...differing("The firewall", distribution.webAclId, webAclArn),
  ];
};

function originOf({ domainName, originPath, customOriginConfig }: Inputs) {
  const { originProtocolPolicy, originReadTimeout } = customOriginConfig;
  return { host: domainName, path: originPath, protocol: originProtocolPolicy, seconds: originReadTimeout };
}

function functionsOf(graph: Graph, { functionAssociations = [] }: Inputs): Record<string, string> {
  return Object.fromEntries(
    functionAssociations.map(({ eventType, functionArn }: Inputs) => [
      eventType,
      all(graph, "cloudfront/function").find(({ name }) => functionArn.endsWith(`:function/${name}`))?.inputs.code,
    ]),
  );
}
