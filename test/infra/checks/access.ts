import { type FunctionDefinition, topology } from "../../../packages/functions/src/topology.ts";
import type { Stage } from "../../../stacks/stages.ts";
import { account, type Graph } from "../synth/graph.ts";
import { deployedFunctions } from "./deployed.ts";
import { all, type Check, differing, named, physical, statementsOf } from "./find.ts";
import { roleOf, targetRoleOf } from "./grants.ts";

/** No role but a function's and that for targets, whose rights are all known, may do anything of a kind, or to everything. */
export const noWildcards: Check = (graph, stage) => {
  const ofFunctions = functionRoles(graph, stage);
  const others = all(graph, "iam/role").filter((role) => !ofFunctions.has(role.name) && role !== targetRoleOf(graph));
  return others.flatMap(({ inputs, name }) => {
    const inline = (inputs.inlinePolicies ?? []).flatMap(({ policy }: { policy: string }) => statementsOf(policy));
    return inline.flatMap(({ Action, Resource }: { Action: string[]; Resource: string[] }) => [
      ...Action.filter((action) => action.includes("*")).map((action) => `${name} may do ${action}`),
      ...Resource.filter((resource) => resource.includes("*")).map((resource) => `${name} may reach ${resource}`),
    ]);
  });
};

const functionRoles = (graph: Graph, stage: Stage) =>
  new Set(deployedFunctions(stage).map(([name]) => roleOf(graph, name)?.name));

/**
 * A function's role is for Lambda, a schedule's for the scheduler and this account's schedules, that for targets for the
 * functions which sign for them. Nobody else takes one.
 */
export const trust: Check = (graph, stage) => {
  const ofFunctions = functionRoles(graph, stage);
  const forTargets = targetRoleOf(graph);
  const others = all(graph, "iam/role").filter((role) => role !== forTargets);
  const ofTargets = statementsOf(forTargets?.inputs.assumeRolePolicy ?? { Statement: [] }).flatMap(
    ({ Principal, Action }) =>
      differing(
        "Who takes the role for targets",
        { Principal, Action },
        { Principal: takers(graph), Action: "sts:AssumeRole" },
      ),
  );
  const ofOthers = others.flatMap(({ name, inputs }) =>
    statementsOf(inputs.assumeRolePolicy).flatMap(({ Principal, Action, Condition }) => {
      const ofFunction = ofFunctions.has(name);
      const Service = ofFunction ? "lambda.amazonaws.com" : "scheduler.amazonaws.com";
      return [
        ...differing(`Who takes ${name}`, { Principal, Action }, { Principal: { Service }, Action: "sts:AssumeRole" }),
        ...(ofFunction || Condition?.StringEquals?.["aws:SourceAccount"] === account
          ? []
          : [`${name} can be taken for other accounts`]),
      ];
    }),
  );
  return [...ofTargets, ...ofOthers];
};

function takers(graph: Graph) {
  const signing = Object.entries<FunctionDefinition>(topology.functions).filter(
    ([, fn]) => fn.takesGatewayRoles === true,
  );
  return { AWS: signing.map(([name]) => roleOf(graph, name)?.outputs.arn) };
}

/** Functions are reached through the API, by Cognito, or with a right of one's own: never from anywhere. */
export const nothingPublic: Check = (graph) => [
  ...all(graph, "lambda/functionUrl").map(({ name }) => `${name} is a public address of a function`),
  ...all(graph, "lambda/permission").flatMap(({ name, inputs: { principal, sourceArn, action } }) => [
    ...(["apigateway.amazonaws.com", "cognito-idp.amazonaws.com"].includes(principal)
      ? []
      : [`${name} lets ${principal} in`]),
    ...(typeof sourceArn === "string" && sourceArn.includes(account) ? [] : [`${name} lets in anybody's API or pool`]),
    ...differing(`What ${name} allows`, action, "lambda:InvokeFunction"),
  ]),
  ...[...topology.byHand, ...topology.customWidgets].flatMap((name) =>
    all(graph, "lambda/permission")
      .filter(({ inputs }) => String(inputs.function).endsWith(physical(graph, name)))
      .map((permission) => `${name} can be called by ${permission.inputs.principal}`),
  ),
];

/** The key turns over its material by itself, and opens nothing but Gatehouse's secrets. */
export const key: Check = (graph, { keepsData }) =>
  all(graph, "kms/key").flatMap(({ inputs, retainOnDelete }) => {
    const using = statementsOf(inputs.policy).filter(({ Action }) =>
      Action.some((action: string) => uses.test(action)),
    );
    return [
      ...differing("Whether the key rotates", inputs.enableKeyRotation, true),
      ...differing("Whether the key stays", retainOnDelete, keepsData),
      ...statementsOf(inputs.policy).flatMap(({ Action, Principal }) => [
        ...Action.filter((action: string) => action.includes("*")).map((action: string) => `The key lets ${action}`),
        ...differing("Who decides about the key", Principal, { AWS: `arn:aws:iam::${account}:root` }),
      ]),
      ...using.flatMap(({ Condition }) =>
        differing("What the key opens", Condition, {
          StringEquals: { "kms:EncryptionContext:purpose": "gatehouse" },
        }),
      ),
    ];
  });

const uses = /^kms:(Decrypt|Encrypt|GenerateDataKey|ReEncrypt|CreateGrant)/;

/** Users come from administrators, and their department from nobody else; claims get into access tokens. */
export const users: Check = (graph, { keepsData }) => {
  const pool = named(graph, "cognito/userPool", physical(graph, "users"));
  const clients = all(graph, "cognito/userPoolClient").map(({ inputs }) => inputs);
  const trigger = pool?.lambdaConfig?.preTokenGenerationConfig;
  return [
    ...differing("Who makes users", pool?.adminCreateUserConfig?.allowAdminCreateUserOnly, true),
    ...differing("Whether users are protected", pool?.deletionProtection, keepsData ? "ACTIVE" : "INACTIVE"),
    ...differing("The pool's plan", pool?.userPoolTier, "ESSENTIALS"),
    ...differing("The trigger's version", trigger?.lambdaVersion, "V2_0"),
    ...differing("The trigger", String(trigger?.lambdaArn).split(":").at(-1), physical(graph, "preToken")),
    ...differing(
      "The attributes that become claims",
      (pool?.schemas ?? []).map(({ name }: { name: string }) => name),
      topology.identity.claims,
    ),
    ...clients.flatMap(({ name, writeAttributes, allowedOauthFlows, generateSecret, allowedOauthScopes }) => [
      ...(allowedOauthFlows.includes("implicit") ? [`The client ${name} puts tokens into addresses`] : []),
      ...(allowedOauthScopes.includes("gatehouse/invoke") ? [] : [`The client ${name} has no scope for gateways`]),
      // Without a browser nobody writes attributes; with one, whatever isn't listed here.
      ...(allowedOauthFlows.includes("code")
        ? differing(`What users of ${name} can change of themselves`, writeAttributes, ["name"])
        : differing(`Whether ${name} has a secret`, generateSecret, true)),
    ]),
  ];
};
