import {
  CreateGatewayCommand,
  DeleteResourcePolicyCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
  ResourceNotFoundException,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gatewaySettings } from "./fixtures.ts";
import { startTestControlPlane, type TestControlPlane } from "./testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

const newGateway = async () => (await plane.client.send(new CreateGatewayCommand(gatewaySettings()))).gatewayArn ?? "";
const put = (resourceArn: string, policy: string) =>
  plane.client.send(new PutResourcePolicyCommand({ resourceArn, policy }));
const get = async (resourceArn: string) =>
  (await plane.client.send(new GetResourcePolicyCommand({ resourceArn }))).policy;
const policyFor = (resource: string, changes: object = {}) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: "*", Action: "bedrock-agentcore:InvokeGateway", Resource: resource, ...changes },
    ],
  });

test("a gateway's policy is put, read, replaced and deleted", async () => {
  const arn = await newGateway();
  await expect(get(arn)).rejects.toThrow(ResourceNotFoundException);
  expect((await put(arn, policyFor(arn))).policy).toBe(policyFor(arn));
  expect(await get(arn)).toBe(policyFor(arn));
  const other = policyFor(arn, { Effect: "Deny" });
  await put(arn, other);
  expect(await get(arn)).toBe(other);
  await plane.client.send(new DeleteResourcePolicyCommand({ resourceArn: arn }));
  await expect(get(arn)).rejects.toThrow(ResourceNotFoundException);
  const again = new DeleteResourcePolicyCommand({ resourceArn: arn });
  await expect(plane.client.send(again)).rejects.toThrow(ResourceNotFoundException);
  expect(plane.changesOf(arn).map(({ operation, before, after }) => [operation, before, after])).toEqual([
    ["CreateGateway", undefined, expect.anything()],
    ["PutResourcePolicy", undefined, { policy: policyFor(arn) }],
    ["PutResourcePolicy", { policy: policyFor(arn) }, { policy: other }],
    ["DeleteResourcePolicy", { policy: other }, undefined],
  ]);
});

test.each([
  ["no JSON", "{", "is not JSON"],
  ["a condition", policyFor("*", { Condition: { Bool: { "aws:SecureTransport": "true" } } }), "Condition"],
  ["another principal", policyFor("*", { Principal: { Service: "lambda.amazonaws.com" } }), "Principal"],
  ["no effect", policyFor("*", { Effect: undefined }), "Effect"],
  ["no statement", '{"Version":"2012-10-17","Statement":[]}', "Statement"],
  ["an old version", policyFor("*").replace("2012-10-17", "2008-10-17"), "Version"],
])("a policy with %s is refused and changes nothing", async (_, policy, problem) => {
  const arn = await newGateway();
  const refusal = put(arn, policy);
  await expect(refusal).rejects.toThrow(ValidationException);
  await expect(refusal).rejects.toThrow(problem);
  await expect(get(arn)).rejects.toThrow(ResourceNotFoundException);
});

test("only gateways have one", async () => {
  const arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/mine-0123456789";
  await expect(put(arn, policyFor(arn))).rejects.toThrow("must be the ARN of a gateway");
});
