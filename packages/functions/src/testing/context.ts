import type { Context } from "aws-lambda";

/** For tests only: what Lambda tells a handler of its invocation. */
export const lambdaContext: Context = {
  awsRequestId: "8f5f2a4e-0000-4000-8000-000000000001",
  callbackWaitsForEmptyEventLoop: false,
  functionName: "test",
  functionVersion: "$LATEST",
  invokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:test",
  memoryLimitInMB: "256",
  logGroupName: "/test",
  logStreamName: "test",
  getRemainingTimeInMillis: () => 10_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
};
