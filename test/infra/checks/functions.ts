import { readEnvironment } from "../../../packages/functions/src/environment.ts";
import { type FunctionDefinition, topology } from "../../../packages/functions/src/topology.ts";
import { account, region } from "../synth/graph.ts";
import { deployedFunctions } from "./deployed.ts";
import { all, type Check, differing, named, nameOf, physical } from "./find.ts";

/** The functions are the topology's, with its memory and time, on Node 24 and Arm. */
export const bounds: Check = (graph, stage) => [
  ...differing(
    "The functions",
    all(graph, "lambda/function")
      .map(({ inputs }) => inputs.name)
      .sort(),
    deployedFunctions(stage)
      .map(([name]) => physical(graph, name))
      .sort(),
  ),
  ...deployedFunctions(stage).flatMap(([name, { memoryMegabytes, timeoutSeconds }]) => {
    const { memorySize, timeout, runtime, architectures } =
      named(graph, "lambda/function", physical(graph, name)) ?? {};
    const invoked = all(graph, "lambda/functionEventInvokeConfig").find(
      ({ inputs }) => nameOf(inputs.functionName) === physical(graph, name),
    );
    return [
      ...differing(
        `The bounds of ${name}`,
        { memorySize, timeout, runtime, architectures },
        { memorySize: memoryMegabytes, timeout: timeoutSeconds, runtime: "nodejs24.x", architectures: ["arm64"] },
      ),
      ...differing(`How often Lambda tries ${name} again`, invoked?.inputs.maximumRetryAttempts, 0),
    ];
  }),
];

/** Every invocation can be followed. */
export const tracing: Check = (graph) =>
  all(graph, "lambda/function").flatMap(({ inputs }) =>
    differing(`Tracing of ${inputs.name}`, inputs.tracingConfig, { mode: "Active" }),
  );

/** Every function has a log of its own, which is kept as long as the stage says, and no longer. */
export const logs: Check = (graph, stage) =>
  deployedFunctions(stage).flatMap(([name]) => {
    const group = `/${graph.app.name}/${graph.app.stage}/${name}`;
    const fn = named(graph, "lambda/function", physical(graph, name));
    const { retentionInDays } = named(graph, "cloudwatch/logGroup", group) ?? {};
    return [
      ...differing(`The log of ${name}`, fn?.loggingConfig?.logGroup, group),
      ...differing(`How long the log of ${name} stays`, retentionInDays, stage.logRetentionDays),
    ];
  });

/** Variables that Lambda sets itself: to set one is an error there (Lambda Developer Guide, "Reserved variables"). */
const reserved = /^(AWS_(REGION|DEFAULT_REGION|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|LAMBDA_\w+)|_HANDLER)$/;

/** Every function that uses anything finds everything in its environment, as `readEnvironment` wants it; others nothing. */
export const environment: Check = (graph, { domain, adminIssuer, model, embeddingModel, judge }) =>
  Object.entries<FunctionDefinition>(topology.functions).flatMap(([name, { reads, writes }]) => {
    const { variables = {} } = named(graph, "lambda/function", physical(graph, name))?.environment ?? {};
    const forbidden = Object.keys(variables).filter((variable) => reserved.test(variable));
    const service = differing(
      `The service of ${name}`,
      variables.POWERTOOLS_SERVICE_NAME,
      physical(graph, "").slice(0, -1),
    );
    const problems = [...forbidden.map((variable) => `Lambda refuses the variable ${variable} of ${name}`), ...service];
    if (reads.length + writes.length === 0) {
      const told = Object.keys(variables).filter((variable) => variable.startsWith("GATEHOUSE_"));
      return [...problems, ...told.map((variable) => `${name} is told ${variable} for nothing`)];
    }
    try {
      const read = readEnvironment({ ...variables, AWS_REGION: region });
      const url = domain ? `https://${domain.name}` : "https://edgedistribution.cloudfront.net";
      return [
        ...problems,
        ...differing(
          `What ${name} is told`,
          { ...read, tables: undefined },
          {
            bus: physical(graph, "bus"),
            kmsKeyId: `arn:aws:kms:${region}:${account}:key/secretskey`,
            url,
            accountId: account,
            region,
            allowLoopback: false,
            assumeGatewayRoles: true,
            ...(adminIssuer ? { adminIssuer } : {}),
            ...(model ? { model: { modelId: model.id } } : {}),
            ...(embeddingModel ? { embeddingModel: { modelId: embeddingModel.id } } : {}),
            ...(judge ? { judge: { ...judge, ids: undefined, arns: undefined, modelIds: judge.ids } } : {}),
          },
        ),
        ...Object.entries(read.tables).flatMap(([table, found]) =>
          differing(`The table ${table} of ${name}`, named(graph, "dynamodb/table", found)?.name, found),
        ),
      ];
    } catch (error) {
      return [...problems, `${name} doesn't start: ${error}`];
    }
  });

/** Functions are in the network that the stage names, and else in none. */
export const network: Check = (graph, stage) =>
  all(graph, "lambda/function").flatMap(({ inputs }) =>
    differing(
      `The network of ${inputs.name}`,
      inputs.vpcConfig,
      stage.network && { subnetIds: stage.network.privateSubnets, securityGroupIds: stage.network.securityGroups },
    ),
  );
