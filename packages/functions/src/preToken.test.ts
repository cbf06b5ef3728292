import type { PreTokenGenerationV2TriggerEvent } from "aws-lambda";
import { expect, test, vi } from "vitest";
import { lambdaContext } from "./testing/context.ts";

vi.stubEnv("POWERTOOLS_TRACE_ENABLED", "false");
const { handler } = await import("./preToken.ts");

function tokenFor(userAttributes: Record<string, string>) {
  const event: PreTokenGenerationV2TriggerEvent = {
    version: "2",
    triggerSource: "TokenGeneration_HostedAuth",
    region: "eu-west-1",
    userPoolId: "eu-west-1_example",
    userName: "fiona",
    callerContext: { awsSdkVersion: "aws-sdk-unknown-unknown", clientId: "client" },
    request: { userAttributes, groupConfiguration: {}, scopes: ["openid"] },
    response: { claimsAndScopeOverrideDetails: {} },
  };
  return handler(event, lambdaContext);
}

const claimsOf = (event: Awaited<ReturnType<typeof tokenFor>>) =>
  event.response.claimsAndScopeOverrideDetails.accessTokenGeneration?.claimsToAddOrOverride;

test("a user's department becomes a claim of the access token, under its own name", async () => {
  const event = await tokenFor({ sub: "1", email: "fiona@example.com", "custom:department": "finance" });
  expect(claimsOf(event)).toEqual({ department: "finance" });
  expect(event).toMatchObject({ version: "2", userName: "fiona" });
});

test.each([
  ["absent", { sub: "1" }],
  ["empty", { "custom:department": "" }],
])("an attribute that is %s becomes no claim", async (_, attributes) => {
  expect(claimsOf(await tokenFor(attributes))).toEqual({});
});

test("no other attribute becomes a claim, whatever it is called", async () => {
  const attributes = { department: "finance", "custom:sub": "somebody", "custom:client_id": "another", email: "e" };
  expect(claimsOf(await tokenFor(attributes))).toEqual({});
});

test("the identity token and the groups stay as they are", async () => {
  const { claimsAndScopeOverrideDetails } = (await tokenFor({ "custom:department": "finance" })).response;
  expect(Object.keys(claimsAndScopeOverrideDetails)).toEqual(["accessTokenGeneration"]);
});
