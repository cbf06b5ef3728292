import { discoverApiGateway, type RestApiExports } from "./apiGateway/discover.ts";
import { type KindsOptions, targetKinds } from "./kinds.ts";
import { discoverLambda } from "./lambda/discover.ts";
import { discoverMcpServer } from "./mcpServer/discover.ts";
import { discoverOpenApiSchema } from "./openApiSchema/discover.ts";
import type { SchemaReader } from "./schemas.ts";
import { discoverSmithyModel } from "./smithyModel/discover.ts";
import type { TargetKind, TargetKinds } from "./target.ts";

/** What finding tools needs beyond calling them. */
export interface DiscoveriesOptions extends KindsOptions {
  readonly schemas: SchemaReader;
  readonly exports: RestApiExports;
}

/**
 * Every kind of target, each with what finds its tools. Apart from the kinds, because the function that calls tools should
 * not carry what reads descriptions.
 */
export function discoveringKinds(options: DiscoveriesOptions): TargetKinds {
  const { lambda, mcpServer, openApiSchema, apiGateway, smithyModel, ...others } = targetKinds(options);
  return {
    ...others,
    ...found("lambda", lambda, discoverLambda(options)),
    ...found("mcpServer", mcpServer, discoverMcpServer(options, mcpServer?.discover)),
    ...found("openApiSchema", openApiSchema, discoverOpenApiSchema(options)),
    ...found("apiGateway", apiGateway, discoverApiGateway(options)),
    ...found("smithyModel", smithyModel, discoverSmithyModel(options)),
  };
}

function found(name: string, kind: TargetKind | undefined, discover: TargetKind["discover"]): TargetKinds {
  return kind === undefined ? {} : { [name]: { ...kind, discover } };
}
