import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  AddPermissionCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  PutFunctionEventInvokeConfigCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import type { Create } from "./creator.ts";

export const role: Create = async ({ name, assumeRolePolicy, inlinePolicies = [] }, { aws }, resource) => {
  // Roles of schedules have no name of their own: AWS's tools make one of the resource's.
  const RoleName = name || resource;
  const AssumeRolePolicyDocument =
    typeof assumeRolePolicy === "string" ? assumeRolePolicy : JSON.stringify(assumeRolePolicy);
  const { Role } = await aws.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  for (const { name: PolicyName, policy } of inlinePolicies) {
    await aws.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: policy }));
  }
  return { arn: Role?.Arn };
};

/** `invokeArn` and `responseStreamingInvokeArn` are made from the ARN, which is the same everywhere. */
export const lambda: Create = async (inputs, { aws, archive }) => {
  const { name, role, runtime, handler, architectures, memorySize, timeout, environment, loggingConfig } = inputs;
  const { FunctionArn } = await aws.lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: role,
      Runtime: runtime,
      Handler: handler,
      Code: { ZipFile: await archive(inputs.s3Key) },
      Architectures: architectures,
      MemorySize: memorySize,
      Timeout: timeout,
      Environment: { Variables: environment.variables },
      LoggingConfig: { LogFormat: loggingConfig.logFormat, LogGroup: loggingConfig.logGroup },
      TracingConfig: { Mode: inputs.tracingConfig.mode },
      EphemeralStorage: { Size: inputs.ephemeralStorage.size },
    }),
  );
  await waitUntilFunctionActiveV2({ client: aws.lambda, maxWaitTime: 60, minDelay: 1 }, { FunctionName: name });
  return { arn: FunctionArn };
};

export const eventInvokeConfig: Create = async ({ functionName, maximumRetryAttempts }, { aws }) => {
  const wanted = { FunctionName: functionName, MaximumRetryAttempts: maximumRetryAttempts };
  await aws.lambda.send(new PutFunctionEventInvokeConfigCommand(wanted));
  return {};
};

export const permission: Create = async (inputs, { aws }, name) => {
  await aws.lambda.send(
    new AddPermissionCommand({
      StatementId: name,
      FunctionName: inputs.function,
      Action: inputs.action,
      Principal: inputs.principal,
      SourceArn: inputs.sourceArn,
      SourceAccount: inputs.sourceAccount,
    }),
  );
  return {};
};

export const consumer: Create = async (inputs, { aws }) => {
  await aws.lambda.send(
    new CreateEventSourceMappingCommand({
      EventSourceArn: inputs.eventSourceArn,
      FunctionName: inputs.functionName,
      BatchSize: inputs.batchSize,
      MaximumBatchingWindowInSeconds: inputs.maximumBatchingWindowInSeconds,
      FunctionResponseTypes: inputs.functionResponseTypes,
      ScalingConfig: { MaximumConcurrency: inputs.scalingConfig.maximumConcurrency },
    }),
  );
  return {};
};
