import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { sign } from "../../identity/sigv4/testing.ts";
import { createAdministration } from "./administration.ts";
import { shippedPolicies } from "./shippedPolicies.ts";
import { secretOf, startTestAdministration, type TestAdministration } from "./testing.ts";

let plane: TestAdministration;
beforeAll(async () => {
  plane = await startTestAdministration();
});
afterAll(() => plane.stop());
beforeEach(() => plane.reset());

test("whoever signs is known, may do what its roles may, and is told what it may not", async () => {
  await plane.addKey({ accessKeyId: "GHAKAUTHOR", roles: ["policy-author"] });
  const { authenticate, authorize } = createAdministration({ ...plane, now: () => plane.time, allowLoopback: true });
  const credentials = { accessKeyId: "GHAKAUTHOR", secretAccessKey: secretOf("GHAKAUTHOR") };
  const request = await sign({}, { credentials, signingDate: plane.time });
  const author = await authenticate({ ...request, sourceIp: "192.0.2.1" });

  await authorize(author, "CreatePolicy", { policyEngineId: "main-0123456789" });
  await expect(authorize(author, "DeleteGateway", { gatewayIdentifier: "claims-0123456789" })).rejects.toMatchObject({
    code: "accessDenied",
    message:
      'Gatehouse::AccessKey::"GHAKAUTHOR" is not allowed to perform DeleteGateway on arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/claims-0123456789: No administration policy permits it (denied by default).',
  });
});

test("policies that are replaced are in force with the next request", async () => {
  const admin = await plane.addKey({ accessKeyId: "GHAKADMIN" });
  const { authorize } = createAdministration({ ...plane, now: () => plane.time, allowLoopback: true });
  await authorize(admin, "CreateGateway", {});
  const policies = `${shippedPolicies}
    @id("freeze") forbid(principal, action in Gatehouse::Action::"Write", resource);`;
  await plane.handlers.PutAdministrationPolicies({ policies }, plane.scopeOf(admin));
  await expect(authorize(admin, "CreateGateway", {})).rejects.toThrow("Forbidden by administration policy freeze.");
  await plane.handlers.DeleteAdministrationPolicies({}, plane.scopeOf(admin));
  await authorize(admin, "CreateGateway", {});
});
