import type { FunctionDefinition, topology } from "../../../packages/functions/src/topology.ts";
import type { Stage } from "../../../stacks/stages.ts";
import { account, type Graph, type Resource, region } from "../synth/graph.ts";
import { deployedFunctions, exampleFunctions } from "./deployed.ts";
import { all, type Check, differing, functionOf, nameOf, physical, statementsOf } from "./find.ts";

const receive = (queue: string) =>
  ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"].map((action) => `sqs:${action} ${queue}`);
const table = (name: string, ...actions: string[]) => actions.map((action) => `dynamodb:${action} ${name}`);
const write = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem"];
const vault = table("vault", "GetItem", "PutItem", "UpdateItem", "DeleteItem");
const rateLimits = table("aggregates", "UpdateItem");
const judgesBudget = table("aggregates", "UpdateItem");
const useKey = ["kms:GenerateDataKey secrets if purpose=gatehouse", "kms:Decrypt secrets if purpose=gatehouse"];
const publish = ["events:PutEvents bus"];

/**
 * Everything that each function may do, besides to write its own log and its traces: said here once more, word for word,
 * so that a right more or less is seen by whoever reads the change.
 */
export const grants: Readonly<Record<keyof typeof topology.functions, readonly string[]>> = {
  gateway: [
    ...table("config", "GetItem", "Query"),
    ...table("ledger", "PutItem"),
    ...rateLimits,
    ...vault,
    ...publish,
    ...useKey,
  ],
  control: [
    ...table("config", "GetItem", "Query", ...write),
    ...table("config/byKind", "Query"),
    ...table("ledger", "PutItem", "DeleteItem"),
    ...publish,
    ...useKey,
  ],
  identity: [
    ...table("config", "GetItem", "Query"),
    ...table("config/byKind", "Query"),
    ...table("ledger", "PutItem"),
    ...vault,
    ...rateLimits,
    ...publish,
    ...useKey,
  ],
  synchronize: [
    ...table("config", "GetItem", "Query", "UpdateItem", "BatchWriteItem"),
    ...vault,
    ...receive("synchronize"),
    ...useKey,
  ],
  author: [...table("config", "GetItem", "Query", "PutItem"), ...receive("author")],
  replay: [...table("config", "GetItem", "Query", "PutItem"), ...table("ledger", "Query"), ...receive("replay")],
  traces: [...table("config", "GetItem"), ...table("ledger", "PutItem"), ...publish, ...useKey],
  evaluations: [...table("config", "GetItem"), ...judgesBudget, ...useKey],
  query: [
    ...table("config", "GetItem", "Query"),
    ...table("ledger", "Query"),
    ...table("ledger/byKind", "Query"),
    ...table("aggregates", "Query"),
    ...useKey,
  ],
  endSessions: [
    ...table("config/byKind", "Query"),
    ...table("ledger", "GetItem", "Query", "PutItem", "DeleteItem"),
    ...publish,
  ],
  evaluate: [
    ...table("config", "GetItem"),
    ...table("ledger", "Query", "PutItem"),
    ...table("ledger/byKind", "Query"),
    ...judgesBudget,
    ...publish,
    ...receive("evaluate"),
  ],
  watchScores: [
    ...table("config/byKind", "Query"),
    ...table("aggregates", "Query"),
    ...table("ledger", "PutItem", "DeleteItem"),
    ...publish,
  ],
  record: [
    ...table("ledger", "PutItem", "UpdateItem", "BatchWriteItem"),
    ...table("aggregates", "GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"),
    ...receive("record"),
  ],
  compact: table("aggregates", "GetItem", "Query", "PutItem", "DeleteItem"),
  sweep: [...table("ledger", "Query", "DeleteItem"), ...publish],
  widget: table("aggregates", "Query"),
  preToken: [],
  firstKey: [
    ...table("config", "GetItem", "Query", "PutItem", "UpdateItem"),
    ...table("ledger", "PutItem", "DeleteItem"),
    ...publish,
    ...useKey,
  ],
};

/** Every function has exactly the rights that are due to it, and nothing of a kind, or over everything, is due. */
export const exactGrants: Check = (graph, stage) =>
  deployedFunctions(stage).flatMap(([name, definition]) => {
    const due = name in grants ? grants[name as keyof typeof grants] : [];
    const always = [
      `logs:CreateLogStream ${name}'s log`,
      `logs:PutLogEvents ${name}'s log`,
      "xray:PutTraceSegments *",
      "xray:PutTelemetryRecords *",
    ];
    const targets = [...stage.invocableFunctions.map((arn) => functionOf(graph, arn)), ...examples(stage)];
    const invoke = definition.invokesTargets ? targets.map((target) => `lambda:InvokeFunction ${target}`) : [];
    const roles = definition.takesGatewayRoles ? gatewayRoleGrants(graph, stage) : [];
    const read = definition.readsDescriptions
      ? [
          ...stage.schemaObjects.map((arn) => `s3:GetObject ${arn}`),
          ...stage.restApis.map((id) => `apigateway:GET exports of REST API ${id}`),
        ]
      : [];
    const models = [
      ...(definition.asksModel ? (stage.model?.arns ?? []) : []),
      ...(definition.asksEmbeddingModel ? (stage.embeddingModel?.arns ?? []) : []),
      ...(definition.asksJudge ? (stage.judge?.arns ?? []) : []),
    ];
    const ask = models.map((arn) => `bedrock:InvokeModel ${functionOf(graph, arn)}`);
    const chosen = [...due, ...invoke, ...roles, ...read, ...ask, ...tableKeyGrants(definition, stage)];
    return [
      ...chosen.filter((grant) => grant.includes("*")).map((grant) => `${name} is to have ${grant}`),
      ...differing(
        `What ${name} may do`,
        grantsOf(graph, name).sort(),
        [...chosen, ...always, ...networkGrants(stage)].sort(),
      ),
    ];
  });

const examples = ({ example }: Stage) => (example ? exampleFunctions : []);

/** The name of the role for targets, which nothing but Gatehouse's functions takes. */
const targetRoleName = (graph: Graph) => `${physical(graph, "target")}-${region}`;

/** Whoever signs for targets takes exactly the roles that gateways may have. */
function gatewayRoleGrants(graph: Graph, stage: Stage): string[] {
  const own = targetGrants(graph, stage).length > 0 ? [`arn:aws:iam::${account}:role/${targetRoleName(graph)}`] : [];
  return [...own, ...(stage.gatewayRoles ?? [])].map((arn) => `sts:AssumeRole ${arn}`);
}

/** What is due to targets: what the stage names, and nothing else. */
function targetGrants(graph: Graph, { targetRights = [], restApis }: Stage): string[] {
  return [
    ...targetRights.flatMap(({ actions, resources }) =>
      actions.flatMap((action) => resources.map((arn) => `${action} ${functionOf(graph, arn)}`)),
    ),
    ...restApis.map((id) => `execute-api:Invoke REST API ${id}`),
  ];
}

/** The role for targets, where a stage has one. */
export function targetRoleOf(graph: Graph): Resource | undefined {
  return all(graph, "iam/role").find(({ inputs }) => inputs.name === targetRoleName(graph));
}

/**
 * What may be done with targets is the right of their role, which is there where a stage names any, has nothing of
 * Gatehouse's own, and shares no right with a function: what a function may do, no target is asked to do.
 */
export const targetRights: Check = (graph, stage) => {
  const due = targetGrants(graph, stage).sort();
  const role = targetRoleOf(graph);
  if (role === undefined) return due.length === 0 ? [] : ["There is no role for targets"];
  if (due.length === 0) return ["There is a role for targets, which have no rights"];
  const held = grantsOfRole(graph, role);
  const ofFunctions = deployedFunctions(stage).flatMap(([name]) =>
    grantsOf(graph, name).flatMap((grant) => (due.includes(grant) ? [`${name} may do for targets: ${grant}`] : [])),
  );
  return [...differing("What targets may be asked for", held.sort(), due), ...ofFunctions];
};

function networkGrants({ network }: Stage): string[] {
  if (network === undefined) return [];
  const actions = ["AssignPrivateIpAddresses", "CreateNetworkInterface", "DeleteNetworkInterface"];
  const more = ["DescribeNetworkInterfaces", "DescribeSubnets", "UnassignPrivateIpAddresses"];
  return [...actions, ...more].map((action) => `ec2:${action} *`);
}

function tableKeyGrants({ reads, writes }: FunctionDefinition, { tableKeyArn }: Stage): string[] {
  if (tableKeyArn === undefined) return [];
  const uses = ["Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"];
  return [...new Set<string>([...reads, ...writes])].flatMap(() =>
    uses.map((action) => `kms:${action} ${nameOf(tableKeyArn)} if ViaService=dynamodb.eu-west-1.amazonaws.com`),
  );
}

/** The rights of a function, as in `dynamodb:Query config`. */
export function grantsOf(graph: Graph, name: string): string[] {
  const role = roleOf(graph, name);
  return role === undefined ? ["(it has no role)"] : grantsOfRole(graph, role);
}

function grantsOfRole(graph: Graph, role: Resource): string[] {
  const managed = (role.inputs.managedPolicyArns ?? []).map((arn: string) => `everything in ${arn}`);
  const inline = (role.inputs.inlinePolicies ?? []).flatMap(({ policy }: { policy: string }) => statementsOf(policy));
  return [...managed, ...inline.flatMap((statement: Statement) => lines(graph, statement))];
}

interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

function lines(graph: Graph, { Action, Resource, Condition = {} }: Statement): string[] {
  const conditions = Object.values(Condition).flatMap((tests) =>
    Object.entries(tests).map(([variable, values]) => ` if ${variable.split(":").at(-1)}=${values.join()}`),
  );
  return Action.flatMap((action) =>
    Resource.map((resource) => `${action} ${labelOf(graph, resource)}${conditions.join("")}`),
  );
}

/** What a resource is called in the topology. */
function labelOf(graph: Graph, arn: string): string {
  const [, , service, , , ...rest] = arn.split(":");
  const resource = rest.join(":");
  if (service === "dynamodb") {
    const [, name = "", , index] = resource.split("/");
    const [table = ""] = name.slice(physical(graph, "").length).split("Table-");
    return `${table.charAt(0).toLowerCase()}${table.slice(1)}${index === undefined ? "" : `/${index}`}`;
  }
  if (service === "logs") {
    const own = new RegExp(`^log-group:/${graph.app.name}/${graph.app.stage}/([\\w-]+):log-stream:\\*$`).exec(resource);
    return own === null ? resource : `${own[1]}'s log`;
  }
  if (service === "s3" || service === "iam") return arn;
  const api = new RegExp(`^arn:aws:execute-api:${region}:${account}:([a-z0-9]+)/\\*$`).exec(arn)?.[1];
  if (api !== undefined) return `REST API ${api}`;
  const exported = new RegExp(`^arn:aws:apigateway:${region}::/restapis/([a-z0-9]+)/stages/\\*/exports/\\*$`).exec(
    arn,
  )?.[1];
  if (exported !== undefined) return `exports of REST API ${exported}`;
  if (arn === "*") return arn;
  const secrets = resource === "key/secretskey" ? "secrets" : undefined;
  return secrets ?? functionOf(graph, arn);
}

/** The role of a function of the topology. */
export function roleOf(graph: Graph, name: string): Resource | undefined {
  const fn = all(graph, "lambda/function").find(({ inputs }) => inputs.name === physical(graph, name));
  return all(graph, "iam/role").find(({ inputs }) => inputs.name === nameOf(fn?.inputs.role));
}
