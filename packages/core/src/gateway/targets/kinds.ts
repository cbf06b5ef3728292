import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { RequestStates } from "../requestStates.ts";
import { apiGatewayTarget } from "./apiGateway/apiGateway.ts";
import { createRequestSigner, type RequestSigner } from "./http/sign.ts";
import { lambdaTarget } from "./lambda/lambda.ts";
import { mcpServerTarget } from "./mcpServer/mcpServer.ts";
import { openApiSchemaTarget } from "./openApiSchema/openApiSchema.ts";
import { smithyModelTarget } from "./smithyModel/smithyModel.ts";
import type { TargetKinds } from "./target.ts";

/** What kinds of target need from around them. */
export interface KindsOptions {
  readonly lambda: LambdaClient;
  readonly allowLoopback: boolean;
  /** The AWS region that requests are signed for unless a target says otherwise. */
  readonly region: string;
  /** Unless given, requests are signed with the process's own role. */
  readonly sign?: RequestSigner;
  /** Absent where targets are not called, but read. */
  readonly states?: RequestStates;
}

/** Every kind of target that Gatehouse calls. */
export function targetKinds({
  lambda,
  allowLoopback,
  region,
  sign = createRequestSigner(),
  states,
}: KindsOptions): TargetKinds {
  const http = { allowLoopback, region, sign };
  return {
    lambda: lambdaTarget(lambda),
    mcpServer: mcpServerTarget({ allowLoopback, states }),
    openApiSchema: openApiSchemaTarget(http),
    apiGateway: apiGatewayTarget(http),
    smithyModel: smithyModelTarget(http),
  };
}
