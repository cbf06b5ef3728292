import { expect, test } from "vitest";
import { evaluationOperations } from "../../evaluation/onDemand/operations.ts";
import { dataPlaneOperations } from "../../identity/dataPlane/operations.ts";
import { queryOperations } from "../../observability/query/operations.ts";
import { operations } from "../operations.ts";
import { groupsOf, parentOf } from "./actionGroups.ts";
import { observabilityActions } from "./observabilityActions.ts";

const names = [
  ...[...operations, ...dataPlaneOperations, ...evaluationOperations].map(({ name }) => name),
  ...observabilityActions,
];
const reading = /^(Get|List|Analyze|Export)/;
const membersOf = (group: string) => names.filter((name) => groupsOf(name).some((one) => one === group));

test("every operation, the SDK's and our own, is in exactly one group", () => {
  expect(names.length).toBeGreaterThan(170);
  expect(names.filter((name) => groupsOf(name).length !== 1)).toEqual([]);
});

test("reading changes nothing, and everything else writes or administers", () => {
  expect(membersOf("Read").every((name) => reading.test(name))).toBe(true);
  const others = names.filter((name) => !reading.test(name));
  for (const name of others) expect(groupsOf(name)[0]).toMatch(/^(Write|Administration|UseIdentity)/);
});

test("whoever may read may ask the query API, every operation of it", () => {
  expect(Object.keys(queryOperations).sort()).toEqual([...observabilityActions].sort());
  for (const name of observabilityActions) expect(groupsOf(name)).toEqual(["Read"]);
});

test("who administers is in no other group, not even for reading", () => {
  expect(membersOf("Administration").sort()).toEqual([
    "CreateAccessKey",
    "DeleteAccessKey",
    "DeleteAdministrationPolicies",
    "GetAdministrationPolicies",
    "ListAccessKeys",
    "PutAdministrationPolicies",
    "RotateAccessKey",
    "RotateDataKey",
    "RotateSigningKey",
  ]);
  expect(parentOf("Administration")).toBeUndefined();
});

test("what agents' code does is in no other group, least of all in Read", () => {
  expect(membersOf("UseIdentity").sort()).toEqual(dataPlaneOperations.map(({ name }) => name).sort());
  expect(parentOf("UseIdentity")).toBeUndefined();
});

test.each([
  [
    "WriteGateways",
    [
      "CreateGateway",
      "UpdateGatewayTarget",
      "SynchronizeGatewayTargets",
      "TagResource",
      "PutResourcePolicy",
      "PutGatewaySettings",
      "AcceptToolDrift",
    ],
  ],
  [
    "WritePolicies",
    ["CreatePolicyEngine", "UpdatePolicy", "DeletePolicy", "StartPolicyGeneration", "StartPolicyReplay"],
  ],
  ["WriteEvaluators", ["CreateEvaluator", "UpdateOnlineEvaluationConfig", "AddDatasetExamples", "Evaluate"]],
  ["WriteIdentity", ["CreateWorkloadIdentity", "UpdateOauth2CredentialProvider", "SetTokenVaultCMK"]],
  ["WriteRuntimes", ["CreateAgentRuntime", "DeleteAgentRuntimeEndpoint"]],
  ["Write", ["CreateMemory", "RotatePaymentConnectorCredentials", "SubmitRegistryRecordForApproval"]],
])("%s holds what it is named after, and is in Write", (group, some) => {
  expect(membersOf(group)).toEqual(expect.arrayContaining(some));
  expect(some.map((name) => parentOf(groupsOf(name)[0] ?? "Read"))).toEqual(
    some.map(() => (group === "Write" ? undefined : "Write")),
  );
});

test("what nobody has put into a group is in none", () => {
  expect(groupsOf("LaunchRocket")).toEqual([]);
});
