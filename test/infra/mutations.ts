import { all, physical } from "./checks/find.ts";
import type { CheckName } from "./checks.ts";
import type { Graph, Inputs, Resource } from "./synth/graph.ts";

/** One thing that somebody might break, and the one check that must notice. */
interface Mutation {
  readonly what: string;
  mutate(graph: Graph): void;
  readonly fails: CheckName;
}

/** The inputs of the resource of this type with this name in the program. */
function of(graph: Graph, type: string, name: string): Inputs {
  const found = all(graph, type).find((resource) => resource.name === name);
  if (found === undefined) throw new Error(`There is no ${type} ${name}.`);
  return found.inputs;
}

function add(graph: Graph, type: string, name: string, inputs: Inputs): void {
  const resources = graph.resources as Resource[]; // A clone of the test's own.
  resources.push({ urn: name, type: `aws:${type}:Made`, name, retainOnDelete: false, inputs, outputs: {} });
}

function remove(graph: Graph, type: string, name: string): void {
  const resources = graph.resources as Resource[]; // See above.
  resources.splice(resources.indexOf(all(graph, type).find((one) => one.name === name) as Resource), 1);
}

function editPolicy(holder: Inputs, key: string, edit: (statements: Inputs[]) => void): void {
  const policy = JSON.parse(holder[key]);
  edit(policy.Statement);
  holder[key] = JSON.stringify(policy);
}

const roleStatements = (graph: Graph, role: string, edit: (statements: Inputs[]) => void) =>
  editPolicy(of(graph, "iam/role", role).inlinePolicies[0], "policy", edit);

export const mutations: readonly Mutation[] = [
  {
    what: "bodies reach functions as text, whatever they are",
    mutate: (graph) => {
      for (const { inputs } of all(graph, "apigateway/restApi")) delete inputs.binaryMediaTypes;
    },
    fails: "the API is regional, logged and throttled",
  },
  {
    what: "the gateway may delete from the ledger",
    mutate: (graph) => roleStatements(graph, "GatewayRole", ([, ledger]) => ledger?.Action.push("dynamodb:DeleteItem")),
    fails: "every function has exactly its rights",
  },
  {
    what: "the gateway may put events on every bus",
    mutate: (graph) =>
      roleStatements(graph, "GatewayRole", (statements) => {
        const publish = statements.find(({ Action }) => Action.includes("events:PutEvents"));
        if (publish) publish.Resource = ["*"];
      }),
    fails: "every function has exactly its rights",
  },
  {
    what: "the gateway has a managed policy",
    mutate: (graph) => {
      of(graph, "iam/role", "GatewayRole").managedPolicyArns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"];
    },
    fails: "every function has exactly its rights",
  },
  {
    what: "functions sign for targets themselves",
    mutate: (graph) => {
      of(graph, "lambda/function", "GatewayFunction").environment.variables.GATEHOUSE_ASSUME_GATEWAY_ROLES = "false";
    },
    fails: "environments are complete",
  },
  {
    what: "a schedule may call every function",
    mutate: (graph) =>
      roleStatements(graph, "OutboxScheduleRole", ([invoke]) => {
        if (invoke) invoke.Resource = ["*"];
      }),
    fails: "no other right is of a kind or over everything",
  },
  {
    what: "the account's root takes a function's role",
    mutate: (graph) => {
      const { assumeRolePolicy } = of(graph, "iam/role", "ControlRole");
      assumeRolePolicy.Statement[0].Principal.AWS = "arn:aws:iam::123456789012:root";
    },
    fails: "roles are taken by whom they are for only",
  },
  {
    what: "a schedule of another account takes a role",
    mutate: (graph) =>
      editPolicy(of(graph, "iam/role", "OutboxScheduleRole"), "assumeRolePolicy", ([statement]) => {
        delete statement?.Condition;
      }),
    fails: "roles are taken by whom they are for only",
  },
  {
    what: "a function has a public address",
    mutate: (graph) => add(graph, "lambda/functionUrl", "GatewayUrl", { authorizationType: "NONE" }),
    fails: "nothing is public",
  },
  {
    what: "everybody may call a function",
    mutate: (graph) =>
      add(graph, "lambda/permission", "Anybody", { action: "lambda:InvokeFunction", principal: "*", sourceArn: "" }),
    fails: "nothing is public",
  },
  {
    what: "the API may call the function that makes the first key",
    mutate: (graph) => {
      const permission = all(graph, "lambda/permission").find(({ name }) => name.startsWith("Api"));
      if (permission) permission.inputs.function = physical(graph, "firstKey");
    },
    fails: "nothing is public",
  },
  {
    what: "the key doesn't rotate",
    mutate: (graph) => {
      of(graph, "kms/key", "SecretsKey").enableKeyRotation = false;
    },
    fails: "the key rotates and opens only Gatehouse's secrets",
  },
  {
    what: "the key opens everything",
    mutate: (graph) =>
      editPolicy(of(graph, "kms/key", "SecretsKey"), "policy", ([, use]) => {
        delete use?.Condition;
      }),
    fails: "the key rotates and opens only Gatehouse's secrets",
  },
  {
    what: "users choose their department",
    mutate: (graph) => of(graph, "cognito/userPoolClient", "UsersClient").writeAttributes.push("custom:department"),
    fails: "users are made by administrators, who alone set claims",
  },
  {
    what: "everybody can sign up",
    mutate: (graph) => {
      of(graph, "cognito/userPool", "Users").adminCreateUserConfig.allowAdminCreateUserOnly = false;
    },
    fails: "users are made by administrators, who alone set claims",
  },
  {
    what: "a rule's pattern is another",
    mutate: (graph) => {
      of(graph, "cloudwatch/eventRule", "DecisionsRule").eventPattern = '{"source":["gatehouse.control"]}';
    },
    fails: "rules are the topology's",
  },
  {
    what: "a queue has lost its dead letters",
    mutate: (graph) => {
      delete of(graph, "sqs/queue", "RecordQueue").redrivePolicy;
    },
    fails: "nothing accepted is lost",
  },
  {
    what: "a rule has lost its dead letters",
    mutate: (graph) => {
      delete of(graph, "cloudwatch/eventTarget", "DecisionsRuleTarget").deadLetterConfig;
    },
    fails: "nothing accepted is lost",
  },
  {
    what: "a queue is not encrypted",
    mutate: (graph) => {
      of(graph, "sqs/queue", "RecordQueue").sqsManagedSseEnabled = false;
    },
    fails: "queues are encrypted and written by their rules only",
  },
  {
    what: "any rule of any account writes to a queue",
    mutate: (graph) =>
      editPolicy(of(graph, "sqs/queuePolicy", "RecordQueuePolicy"), "policy", ([statement]) => {
        delete statement?.Condition;
      }),
    fails: "queues are encrypted and written by their rules only",
  },
  {
    what: "one bad message holds up its whole batch",
    mutate: (graph) => {
      of(graph, "lambda/eventSourceMapping", "RecordConsumer").functionResponseTypes = [];
    },
    fails: "queues are drained by their functions",
  },
  {
    what: "nothing drains a queue",
    mutate: (graph) => remove(graph, "lambda/eventSourceMapping", "SynchronizeConsumer"),
    fails: "queues are drained by their functions",
  },
  {
    what: "the archive is gone",
    mutate: (graph) => remove(graph, "cloudwatch/eventArchive", "BusArchive"),
    fails: "the archive keeps every event",
  },
  {
    what: "the outbox is swept once an hour",
    mutate: (graph) => {
      of(graph, "scheduler/schedule", "OutboxSchedule").scheduleExpression = "rate(1 hour)";
    },
    fails: "schedules are the topology's",
  },
  {
    what: "API Gateway wants IAM signatures",
    mutate: (graph) => {
      for (const { inputs } of all(graph, "apigateway/method")) inputs.authorization = "AWS_IAM";
    },
    fails: "routes are the topology's",
  },
  {
    what: "the gateway's answers don't stream",
    mutate: (graph) => {
      for (const { inputs } of all(graph, "apigateway/integration")) inputs.responseTransferMode = "BUFFERED";
    },
    fails: "what streams may take its time",
  },
  {
    what: "calls end after half a minute",
    mutate: (graph) => {
      for (const { inputs } of all(graph, "apigateway/integration")) inputs.timeoutMilliseconds = 29_000;
    },
    fails: "what streams may take its time",
  },
  {
    what: "API Gateway writes headers into its log",
    mutate: (graph) => {
      of(graph, "apigateway/methodSettings", "ApiSettings").settings.dataTraceEnabled = true;
    },
    fails: "the API is regional, logged and throttled",
  },
  {
    what: "the API takes everything",
    mutate: (graph) => {
      delete of(graph, "apigateway/methodSettings", "ApiSettings").settings.throttlingRateLimit;
    },
    fails: "the API is regional, logged and throttled",
  },
  {
    what: "a table has lost its index",
    mutate: (graph) => {
      of(graph, "dynamodb/table", "ConfigTable").globalSecondaryIndexes = [];
    },
    fails: "tables have their keys",
  },
  {
    what: "the ledger keeps everything for ever",
    mutate: (graph) => {
      delete of(graph, "dynamodb/table", "LedgerTable").ttl;
    },
    fails: "what is to expire expires",
  },
  {
    what: "a table can't be taken back",
    mutate: (graph) => {
      of(graph, "dynamodb/table", "ConfigTable").pointInTimeRecovery = { enabled: false };
    },
    fails: "tables can be taken back",
  },
  {
    what: "a table can be deleted",
    mutate: (graph) => {
      of(graph, "dynamodb/table", "ConfigTable").deletionProtectionEnabled = false;
    },
    fails: "data stays where it is to stay",
  },
  {
    what: "a function has more time than it is due",
    mutate: (graph) => {
      of(graph, "lambda/function", "SweepFunction").timeout = 900;
    },
    fails: "functions have the topology's bounds",
  },
  {
    what: "a function runs on another processor",
    mutate: (graph) => {
      of(graph, "lambda/function", "SweepFunction").architectures = ["x86_64"];
    },
    fails: "functions have the topology's bounds",
  },
  {
    what: "a function is not traced",
    mutate: (graph) => {
      delete of(graph, "lambda/function", "SweepFunction").tracingConfig;
    },
    fails: "every invocation is traced",
  },
  {
    what: "a log is kept for ever",
    mutate: (graph) => {
      delete of(graph, "cloudwatch/logGroup", "GatewayLog").retentionInDays;
    },
    fails: "logs are kept as long as they may",
  },
  {
    what: "a function isn't told its key",
    mutate: (graph) => {
      delete of(graph, "lambda/function", "ControlFunction").environment.variables.GATEHOUSE_KMS_KEY;
    },
    fails: "environments are complete",
  },
  {
    what: "a function may reach its own machine",
    mutate: (graph) => {
      of(graph, "lambda/function", "GatewayFunction").environment.variables.GATEHOUSE_ALLOW_LOOPBACK = "true";
    },
    fails: "environments are complete",
  },
  {
    what: "nobody is told of dead letters",
    mutate: (graph) => remove(graph, "cloudwatch/metricAlarm", "Alarm-record-dead-letters"),
    fails: "what must be looked at is watched",
  },
  {
    what: "nobody is told of spans that are lost",
    mutate: (graph) => remove(graph, "cloudwatch/metricAlarm", "Alarm-unrecorded-spans"),
    fails: "what must be looked at is watched",
  },
  {
    what: "the dashboard has no place for spans that are rejected",
    mutate: (graph) => {
      const board = of(graph, "cloudwatch/dashboard", "Dashboard");
      board.dashboardBody = board.dashboardBody.replaceAll("RejectedSpans", "Throttles");
    },
    fails: "the dashboard shows what is there",
  },
  {
    what: "the dashboard shows what was renamed",
    mutate: (graph) => {
      const board = of(graph, "cloudwatch/dashboard", "Dashboard");
      board.dashboardBody = board.dashboardBody.replaceAll("-gateway", "-gatekeeper");
    },
    fails: "the dashboard shows what is there",
  },
  {
    what: "another function draws the dashboard",
    mutate: (graph) => {
      const board = of(graph, "cloudwatch/dashboard", "Dashboard");
      board.dashboardBody = board.dashboardBody.replaceAll(physical(graph, "widget"), physical(graph, "firstKey"));
    },
    fails: "the dashboard shows what is there",
  },
  {
    what: "everybody's dashboard may draw with what one deployment has counted",
    mutate: (graph) => {
      const permission = all(graph, "lambda/permission").find(({ name }) => name.startsWith("Api"));
      if (permission) permission.inputs.function = physical(graph, "widget");
    },
    fails: "nothing is public",
  },
  {
    what: "answers are cached",
    mutate: (graph) => {
      of(graph, "cloudfront/distribution", "EdgeDistribution").defaultCacheBehavior.cachePolicyId = "caching-optimized";
    },
    fails: "clients come through the edge",
  },
  {
    what: "tokens may be sent in the clear",
    mutate: (graph) => {
      of(graph, "cloudfront/distribution", "EdgeDistribution").defaultCacheBehavior.viewerProtocolPolicy = "allow-all";
    },
    fails: "clients come through the edge",
  },
  {
    what: "nobody carries signatures past API Gateway",
    mutate: (graph) =>
      of(graph, "cloudfront/distribution", "EdgeDistribution").defaultCacheBehavior.functionAssociations.shift(),
    fails: "clients come through the edge",
  },
  {
    what: "a backlog may take all of the account's concurrency",
    mutate: (graph) => {
      delete of(graph, "lambda/eventSourceMapping", "RecordConsumer").scalingConfig;
    },
    fails: "queues are drained by their functions",
  },
  {
    what: "Lambda calls a function again",
    mutate: (graph) => {
      const [config] = all(graph, "lambda/functionEventInvokeConfig");
      if (config) config.inputs.maximumRetryAttempts = 2;
    },
    fails: "functions have the topology's bounds",
  },
];

/** And what might be broken only where everything is chosen. */
export const mutationsOfEverything: readonly Mutation[] = [
  {
    what: "targets are given a right that the stage doesn't name",
    mutate: (graph) => roleStatements(graph, "TargetRole", ([rights]) => rights?.Action.push("sqs:PurgeQueue")),
    fails: "what targets may be asked for is their role's",
  },
  {
    what: "targets reach Gatehouse's tables",
    mutate: (graph) => {
      const Resource = ["arn:aws:dynamodb:eu-west-1:123456789012:table/gatehouse-production-ConfigTable"];
      roleStatements(graph, "TargetRole", (statements) =>
        statements.push({ Effect: "Allow", Action: ["dynamodb:PutItem"], Resource }),
      );
    },
    fails: "what targets may be asked for is their role's",
  },
  {
    what: "the role for targets has a managed policy",
    mutate: (graph) => {
      of(graph, "iam/role", "TargetRole").managedPolicyArns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"];
    },
    fails: "what targets may be asked for is their role's",
  },
  {
    what: "there is no role for targets",
    mutate: (graph) => remove(graph, "iam/role", "TargetRole"),
    fails: "what targets may be asked for is their role's",
  },
  {
    what: "the account's root takes the role for targets",
    mutate: (graph) =>
      editPolicy(of(graph, "iam/role", "TargetRole"), "assumeRolePolicy", ([statement]) =>
        statement?.Principal.AWS.push("arn:aws:iam::123456789012:root"),
      ),
    fails: "roles are taken by whom they are for only",
  },
  {
    what: "the gateway takes every role",
    mutate: (graph) =>
      roleStatements(graph, "GatewayRole", (statements) => {
        const take = statements.find(({ Action }) => Action.includes("sts:AssumeRole"));
        if (take) take.Resource = ["*"];
      }),
    fails: "every function has exactly its rights",
  },
  {
    what: "the control plane takes the role for targets",
    mutate: (graph) => {
      const Resource = ["arn:aws:iam::123456789012:role/gatehouse-production-target-eu-west-1"];
      roleStatements(graph, "ControlRole", (statements) =>
        statements.push({ Effect: "Allow", Action: ["sts:AssumeRole"], Resource }),
      );
    },
    fails: "every function has exactly its rights",
  },
];

/** A right of targets that a function has by itself is noticed twice: it has one too many, and signs for targets alone. */
export function giveTargetRight(graph: Graph): void {
  roleStatements(graph, "GatewayRole", (statements) =>
    statements.push({
      Effect: "Allow",
      Action: ["sqs:SendMessage"],
      Resource: ["arn:aws:sqs:eu-west-1:123456789012:orders"],
    }),
  );
}
