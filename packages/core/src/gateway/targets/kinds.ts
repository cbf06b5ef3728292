import type { LambdaClient } from "@aws-sdk/client-lambda";
import { lambdaTarget } from "./lambda/lambda.ts";
import { mcpServerTarget } from "./mcpServer/mcpServer.ts";
import type { TargetKinds } from "./target.ts";

/** Every kind of target that Gatehouse calls and synchronises. */
export function targetKinds({ lambda, allowLoopback }: { lambda: LambdaClient; allowLoopback: boolean }): TargetKinds {
  return { lambda: lambdaTarget(lambda), mcpServer: mcpServerTarget({ allowLoopback }) };
}
