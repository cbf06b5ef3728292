import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { RequestStates } from "../requestStates.ts";
import { lambdaTarget } from "./lambda/lambda.ts";
import { mcpServerTarget } from "./mcpServer/mcpServer.ts";
import type { TargetKinds } from "./target.ts";

/** Every kind of target that Gatehouse calls and synchronises. */
export function targetKinds(options: {
  lambda: LambdaClient;
  allowLoopback: boolean;
  /** Absent where targets are not called, but read. */
  states?: RequestStates;
}): TargetKinds {
  return { lambda: lambdaTarget(options.lambda), mcpServer: mcpServerTarget(options) };
}
