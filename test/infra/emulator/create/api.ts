import {
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  CreateStageCommand,
  type EndpointType,
  GetResourcesCommand,
  PutIntegrationCommand,
  PutMethodCommand,
  UpdateStageCommand,
} from "@aws-sdk/client-api-gateway";
import type { Create } from "./creator.ts";

export const restApi: Create = async ({ name, disableExecuteApiEndpoint, endpointConfiguration }, { aws }) => {
  const types: EndpointType[] = [endpointConfiguration.types].flat();
  const wanted = { name, disableExecuteApiEndpoint, endpointConfiguration: { types } };
  const { id } = await aws.apiGateway.send(new CreateRestApiCommand(wanted));
  const { items = [] } = await aws.apiGateway.send(new GetResourcesCommand({ restApiId: id }));
  return { id, rootResourceId: items.find(({ path }) => path === "/")?.id };
};

export const resource: Create = async ({ restApi, parentId, pathPart }, { aws }) => {
  const { id } = await aws.apiGateway.send(new CreateResourceCommand({ restApiId: restApi, parentId, pathPart }));
  return { id };
};

export const method: Create = async ({ restApi, resourceId, httpMethod, authorization }, { aws }) => {
  const wanted = { restApiId: restApi, resourceId, httpMethod, authorizationType: authorization };
  await aws.apiGateway.send(new PutMethodCommand(wanted));
  return {};
};

export const integration: Create = async (inputs, { aws }) => {
  await aws.apiGateway.send(
    new PutIntegrationCommand({
      restApiId: inputs.restApi,
      resourceId: inputs.resourceId,
      httpMethod: inputs.httpMethod,
      integrationHttpMethod: inputs.integrationHttpMethod,
      type: inputs.type,
      uri: inputs.uri,
      timeoutInMillis: inputs.timeoutMilliseconds,
      responseTransferMode: inputs.responseTransferMode,
    }),
  );
  return {};
};

export const deployment: Create = async ({ restApi }, { aws }) => {
  const { id } = await aws.apiGateway.send(new CreateDeploymentCommand({ restApiId: restApi }));
  return { id };
};

export const stage: Create = async (inputs, { aws }) => {
  const { restApi, deployment, stageName, xrayTracingEnabled, accessLogSettings } = inputs;
  const api = { restApiId: restApi, stageName };
  await aws.apiGateway.send(
    new CreateStageCommand({ ...api, deploymentId: deployment, tracingEnabled: xrayTracingEnabled }),
  );
  const operations = Object.entries<string>(accessLogSettings).map(([setting, value]) => ({
    op: "replace" as const,
    path: `/accessLogSettings/${setting}`,
    value,
  }));
  await aws.apiGateway.send(new UpdateStageCommand({ ...api, patchOperations: operations }));
  return {};
};

/** Where the settings of a method are in a stage (API Gateway API Reference, UpdateStage). */
const settingPaths: Readonly<Record<string, string>> = {
  metricsEnabled: "metrics/enabled",
  loggingLevel: "logging/loglevel",
  dataTraceEnabled: "logging/dataTrace",
  throttlingRateLimit: "throttling/rateLimit",
  throttlingBurstLimit: "throttling/burstLimit",
};

export const methodSettings: Create = async ({ restApi, stageName, methodPath, settings }, { aws }) => {
  const operations = Object.entries(settings).map(([setting, value]) => {
    const path = settingPaths[setting];
    if (path === undefined) throw new Error(`Nobody has said where a stage keeps ${setting}.`);
    return { op: "replace" as const, path: `/${methodPath}/${path}`, value: String(value) };
  });
  await aws.apiGateway.send(new UpdateStageCommand({ restApiId: restApi, stageName, patchOperations: operations }));
  return {};
};
