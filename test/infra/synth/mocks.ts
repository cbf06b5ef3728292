import { account, type Inputs, type Resource, region } from "./graph.ts";

/** The part of Pulumi's SDK that is used here; it lies in the platform, whose types this project doesn't see. */
export interface Pulumi {
  readonly runtime: {
    setMocks(mocks: Mocks, project: string, stack: string, preview: boolean): Promise<void>;
    runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
    deserializeProperties(properties: unknown): Inputs;
  };
}

interface Mocks {
  call(args: { readonly token: string; readonly inputs: Inputs }): Inputs;
  newResource(args: { readonly type: string; readonly name: string; readonly inputs: Inputs }): {
    readonly id: string;
    readonly state: Inputs;
  };
}

/** Puts AWS's answers in the place of AWS: the ids and ARNs of what is made, and the account and the region. */
export async function startMocks(
  { runtime }: Pulumi,
  app: { readonly name: string; readonly stage: string },
): Promise<void> {
  const mocks: Mocks = {
    call: ({ token, inputs }) => answerTo(token.split(":")[2] ?? token, plain(inputs) as Inputs),
    newResource({ type, name, inputs }) {
      const given = plain(inputs) as Inputs;
      const { id = `${name}-id`, ...computed } = computedBy(type.split(":")[1] ?? type, name, given);
      return { id, state: { name: given.name ?? name, ...inputs, ...computed } };
    },
  };
  await runtime.setMocks(mocks, app.name, app.stage, false);
}

/** Writes down what is asked for. Mocks aren't told of a resource's URN and options, so this stands in front of them. */
export function recordResources(require: NodeJS.Require, { runtime }: Pulumi, resources: Resource[]): void {
  const { MockMonitor } = require("@pulumi/pulumi/runtime/mocks") as { MockMonitor: { prototype: Monitor } };
  const monitor = MockMonitor.prototype;
  const register = monitor.registerResource;
  monitor.registerResource = function (request, callback) {
    return register.call(this, request, (error, response) => {
      if (!error && response !== undefined) {
        const inputs = plain(runtime.deserializeProperties(request.getObject())) as Inputs;
        const state = plain(runtime.deserializeProperties(response.getObject())) as Inputs;
        resources.push({
          urn: response.getUrn(),
          type: request.getType(),
          name: request.getName(),
          retainOnDelete: request.getRetainondelete() ?? false,
          inputs,
          outputs: Object.fromEntries(
            Object.entries({ ...state, id: response.getId() }).filter(([name]) => !(name in inputs)),
          ),
        });
      }
      callback(error, response);
    });
  };
}

type Callback = (error: unknown, response?: { getUrn(): string; getId(): string; getObject(): unknown }) => void;

interface Monitor {
  registerResource(
    request: { getType(): string; getName(): string; getRetainondelete(): boolean | undefined; getObject(): unknown },
    callback: Callback,
  ): unknown;
}

function answerTo(call: string, inputs: Inputs): Inputs {
  switch (call) {
    case "getRegion":
      return { region };
    case "getPartition":
      return { partition: "aws" };
    case "getCallerIdentity":
      return { accountId: account };
    case "getPolicyDocument":
      return policyDocument(inputs.statements ?? []);
    case "getZone":
      return { zoneId: "Z123", name: inputs.name };
    default:
      throw new Error(`Nobody has said what AWS answers to ${call}.`);
  }
}

function policyDocument(statements: readonly Inputs[]): Inputs {
  const Statement = statements.map(({ effect = "Allow", actions, resources, principals, conditions }) => ({
    Effect: effect,
    Action: actions,
    Resource: resources,
    ...(principals && {
      Principal: Object.fromEntries(principals.map(({ type, identifiers }: Inputs) => [type, identifiers])),
    }),
    ...(conditions?.length > 0 && {
      Condition: Object.fromEntries(
        conditions.map(({ test, variable, values }: Inputs) => [test, { [variable]: values }]),
      ),
    }),
  }));
  return {
    statements: statements.length > 0 ? statements : undefined,
    json: JSON.stringify({ Version: "2012-10-17", Statement }),
  };
}

/** What AWS adds to a resource, for those that others refer to. */
function computedBy(type: string, name: string, inputs: Inputs): Inputs {
  const own = inputs.name ?? name;
  const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
  const lower = name.toLowerCase();
  switch (type) {
    case "lambda/function": {
      const functionArn = arn("lambda", `function:${own}`);
      const invocation = (date: string, kind: string) =>
        `arn:aws:apigateway:${region}:lambda:path/${date}/functions/${functionArn}/${kind}`;
      return {
        arn: functionArn,
        invokeArn: invocation("2015-03-31", "invocations"),
        responseStreamingInvokeArn: invocation("2021-11-15", "response-streaming-invocations"),
      };
    }
    case "iam/role":
      return { arn: `arn:aws:iam::${account}:role/${own}` };
    case "dynamodb/table":
      return { arn: arn("dynamodb", `table/${own}`) };
    case "sqs/queue":
      return { arn: arn("sqs", own), url: `https://sqs.${region}.amazonaws.com/${account}/${own}` };
    case "cloudwatch/eventBus":
      return { arn: arn("events", `event-bus/${own}`) };
    case "cloudwatch/eventRule":
      return { arn: arn("events", `rule/${inputs.eventBusName}/${own}`) };
    case "cloudwatch/logGroup":
      return { arn: arn("logs", `log-group:${own}`) };
    case "scheduler/scheduleGroup":
      return { arn: arn("scheduler", `schedule-group/${own}`) };
    case "kms/key":
      return { arn: arn("kms", `key/${lower}`), keyId: lower };
    case "apigateway/restApi":
      return {
        id: `${lower}id`,
        arn: arn("apigateway", lower),
        executionArn: arn("execute-api", `${lower}id`),
        rootResourceId: `${lower}root`,
      };
    case "cloudfront/distribution":
      return { domainName: `${lower}.cloudfront.net`, hostedZoneId: "Z2FDTNDATAQYW2", etag: "1" };
    case "cloudfront/function":
      return { arn: `arn:aws:cloudfront::${account}:function/${own}` };
    case "acm/certificate":
      return { arn: arn("acm", `certificate/${lower}`), domainValidationOptions: [] };
    case "cognito/userPool":
      return { id: `${region}_${own}`, arn: arn("cognito-idp", `userpool/${region}_${own}`) };
    case "cognito/resourceServer":
      return { scopeIdentifiers: inputs.scopes.map(({ scopeName }: Inputs) => `${inputs.identifier}/${scopeName}`) };
    case "apigateway/account":
      return { cloudwatchRoleArn: `arn:aws:iam::${account}:role/api-gateway-logs` };
    case "index/randomBytes":
      return { base64: Buffer.alloc(inputs.length ?? 0).toString("base64") };
    default:
      return { arn: arn(type.split("/")[0] ?? type, own) };
  }
}

/** Pulumi's mark on a value that is a secret. */
const secret = "4dabf18193072939515e22adb298388d";

/** The value without Pulumi's wrappings. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (secret in value && "value" in value) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}
