import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { Credentials } from "../../identity/outbound/credentials.ts";
import type { RequestStates } from "../requestStates.ts";
import { apiGatewayTarget } from "./apiGateway/apiGateway.ts";
import { createTargetCredentials } from "./credentials/createTargetCredentials.ts";
import type { RequestSigner } from "./http/sign.ts";
import { lambdaTarget } from "./lambda/lambda.ts";
import type { UserContexts } from "./lambda/userContext.ts";
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
  /** What signs for targets whose credentials are the gateway's role. */
  readonly sign: RequestSigner;
  /** The vault's keys and tokens; without them, targets that need one are not called. */
  readonly credentials?: Credentials;
  /** What signs for whom Lambda functions are called; without it, those that are to be told are not. */
  readonly userContexts?: UserContexts;
  /** Absent where targets are not called, but read. */
  readonly states?: RequestStates;
}

/** Every kind of target that Gatehouse calls. */
export function targetKinds({
  lambda,
  allowLoopback,
  region,
  sign,
  credentials: vault,
  userContexts,
  states,
}: KindsOptions): TargetKinds {
  const credentials = createTargetCredentials({ credentials: vault, sign, region });
  const http = { allowLoopback, credentials };
  return {
    lambda: lambdaTarget(lambda, userContexts),
    mcpServer: mcpServerTarget({ ...http, states }),
    openApiSchema: openApiSchemaTarget(http),
    apiGateway: apiGatewayTarget(http),
    smithyModel: smithyModelTarget(http),
  };
}
