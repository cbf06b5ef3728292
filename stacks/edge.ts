/// <reference path="../.sst/platform/config.d.ts" />
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { physicalName } from "./names.ts";
import type { Place } from "./place.ts";
import type { Stage } from "./stages.ts";

/** CloudFront's own policies, by their ids: to cache nothing, and to hand on everything but the host. */
const cachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const allButHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

/**
 * What clients reach: a distribution before the API. It gives Gatehouse an address without a path, where clients look for
 * `/.well-known`, and carries past API Gateway the headers that it keeps to itself (`packages/functions/src/edge.ts`).
 * @returns the address, without a slash at its end.
 */
export function edge(stage: Stage, api: sst.aws.ApiGatewayV1, { region }: Place): $util.Output<string> {
  const { domain, webAclArn } = stage;
  const cdn = new sst.aws.Cdn("Edge", {
    comment: physicalName("edge"),
    origins: [
      {
        originId: "api",
        domainName: $interpolate`${api.nodes.api.id}.execute-api.${region}.amazonaws.com`,
        originPath: `/${$app.stage}`,
        customOriginConfig: {
          httpPort: 80,
          httpsPort: 443,
          originProtocolPolicy: "https-only",
          originSslProtocols: ["TLSv1.2"],
          // As long as an account gets without asking. Streams are never silent for as long.
          originReadTimeout: 60,
          originKeepaliveTimeout: 60,
        },
      },
    ],
    defaultCacheBehavior: {
      targetOriginId: "api",
      // A redirect would come after the token has been sent in the clear.
      viewerProtocolPolicy: "https-only",
      allowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
      cachedMethods: ["GET", "HEAD"],
      cachePolicyId: cachingDisabled,
      originRequestPolicyId: allButHost,
      compress: false,
      functionAssociations: [
        { eventType: "viewer-request", functionArn: edgeFunction("Request", "viewer-request").arn },
        { eventType: "viewer-response", functionArn: edgeFunction("Response", "viewer-response").arn },
      ],
    },
    ...(domain === undefined ? {} : { domain: domainOf(domain) }),
    ...(webAclArn === undefined ? {} : { webAclArn }),
    transform: { distribution: { httpVersion: "http2and3", isIpv6Enabled: true } },
  });
  return domain === undefined ? cdn.url : $output(`https://${domain.name}`);
}

/** Its name is Pulumi's: CloudFront's functions are of the whole account, whatever the region. */
function edgeFunction(name: string, file: string): aws.cloudfront.Function {
  return new aws.cloudfront.Function(`Edge${name}`, {
    runtime: "cloudfront-js-2.0",
    code: readFileSync(join($cli.paths.root, "stacks", "edge", `${file}.js`), "utf8"),
    comment: `${physicalName("edge")}, ${file}`,
    publish: true,
  });
}

function domainOf({ name, certificateArn }: NonNullable<Stage["domain"]>) {
  return certificateArn === undefined ? { name } : { name, dns: false as const, cert: certificateArn };
}
