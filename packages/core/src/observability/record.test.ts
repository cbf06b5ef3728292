import { randomUUID } from "node:crypto";
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ledgerRepository } from "../storage/ledgerRepository.ts";
import { unpacked } from "../storage/packed.ts";
import { recordRepository } from "../storage/recordRepository.ts";
import { startTestDatabase, type TestDatabase } from "../storage/testing.ts";
import type { CredentialRequested, ToolDecision } from "./events.ts";
import { recordEvents } from "./record.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const repositories = () => ({
  ledger: ledgerRepository({ client: database.client, table: database.tables.ledger }),
  repository: recordRepository({ client: database.client, tables: database.tables }),
});
const decision = (gatewayId: string, time: string): ToolDecision => ({
  schemaVersion: 1,
  decisionId: randomUUID(),
  time,
  method: "tools/call",
  principal: { type: "AgentCore::OAuthUser", id: "alice" },
  gateway: { id: gatewayId, arn: `arn:${gatewayId}`, version: 1 },
  decision: "ALLOW",
  outcome: "allowed",
  determiningPolicies: [],
  reason: "because",
  durationMicroseconds: 50,
});
const message = (detail: unknown) => ({
  messageId: randomUUID(),
  body: JSON.stringify({ "detail-type": "ToolDecision", detail }),
});

test("decisions come back in the order of time, each once, however often they were delivered", async () => {
  const { ledger, repository } = repositories();
  const times = Array.from({ length: 60 }, (_, index) => new Date(Date.UTC(2026, 10, 22, 9, index * 2)).toISOString());
  const decisions = times.map((time) => decision("orders", time));
  const other = decision("other", times[0] ?? "");
  const messages = [...decisions, other].map(message).reverse();

  // Twice in one batch, and the batch twice.
  expect(await recordEvents([...messages, ...messages], repository)).toEqual([]);
  expect(await recordEvents(messages, repository)).toEqual([]);

  const all = { gatewayId: "orders", from: new Date("2026-11-22T00:00:00Z"), to: new Date("2026-11-23T00:00:00Z") };
  expect(await Array.fromAsync(ledger.decisions(all))).toEqual(decisions);
  const hour = { ...all, from: new Date(times[10] ?? ""), to: new Date(times[40] ?? "") };
  expect(await Array.fromAsync(ledger.decisions(hour))).toEqual(decisions.slice(10, 40));
});

test("a decision comes back whole, whatever its session is called", async () => {
  const { ledger, repository } = repositories();
  const sessions = ["3d9f0c52-1b7e-4f7a-8a55-0c9b7d6e2f11", "SESSION#a#b", "#", "é ☂"];
  const decisions = sessions.map((sessionId, index) => ({
    ...decision("sessions", `2026-11-22T09:00:0${index}.000Z`),
    sessionId,
  }));
  expect(await recordEvents(decisions.map(message), repository)).toEqual([]);
  const all = { gatewayId: "sessions", from: new Date("2026-11-22T09:00:00Z"), to: new Date("2026-11-22T10:00:00Z") };
  expect(await Array.fromAsync(ledger.decisions(all))).toEqual(decisions);
});

test("a message that is no decision is given back, and the rest of its batch is recorded", async () => {
  const { ledger, repository } = repositories();
  const good = decision("mixed", "2026-11-22T10:00:00.000Z");
  const bad = [message({ ...good, schemaVersion: 2 }), { messageId: "x", body: "not JSON" }, message(null)];
  const failed = await recordEvents([message(good), ...bad], repository);
  expect(failed).toEqual(bad.map(({ messageId }) => messageId));
  const query = { gatewayId: "mixed", from: new Date("2026-11-22T10:00:00Z"), to: new Date("2026-11-22T10:00:01Z") };
  expect(await Array.fromAsync(ledger.decisions(query))).toEqual([good]);
});

test("what a newer function says besides is kept, while a deployment is under way", async () => {
  const { ledger, repository } = repositories();
  const known = decision("newer", "2026-11-22T10:00:00.000Z");
  const newer = { ...known, risk: "low", gateway: { ...known.gateway, region: "eu-west-1" } };
  expect(await recordEvents([message(newer)], repository)).toEqual([]);
  const { Items = [] } = await database.client.send(
    new QueryCommand({
      TableName: database.tables.ledger,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": "DECISIONS#newer#2026-11-22T10" },
    }),
  );
  const kept = Items.map((item) => unpacked(item.decision));
  expect(kept).toMatchObject([{ risk: "low", gateway: newer.gateway }]);
  const query = { gatewayId: "newer", from: new Date("2026-11-22T10:00:00Z"), to: new Date("2026-11-22T10:00:01Z") };
  expect(await Array.fromAsync(ledger.decisions(query))).toEqual([known]);
});

test("T22 requests for credentials are found by their agents, each once, however often they were delivered", async () => {
  const { ledger, repository } = repositories();
  const request = (agent: string | undefined, time: string): CredentialRequested => ({
    schemaVersion: 1,
    credentialRequestId: randomUUID(),
    time,
    requestId: "r",
    caller: { type: "Gatehouse::AccessKey", id: "GHAK1", roles: ["agent"] },
    operation: "GetResourceApiKey",
    ...(agent === undefined ? {} : { agent }),
    user: { issuer: "https://issuer.example.com", id: "alice" },
    result: "given",
  });
  const requests = ["08:59:59.999", "09:00:00.000", "10:30:00.000"].map((at) => request("travel", `2026-11-22T${at}Z`));
  const unknown = request(undefined, "2026-11-22T09:00:00.000Z");
  const messages = [...requests, request("billing", "2026-11-22T09:00:00.000Z"), unknown].map((detail) => ({
    messageId: randomUUID(),
    body: JSON.stringify({ "detail-type": "CredentialRequested", detail }),
  }));
  expect(await recordEvents([...messages, ...messages], repository)).toEqual([]);
  expect(await recordEvents(messages, repository)).toEqual([]);

  const day = { from: new Date("2026-11-22T00:00:00Z"), to: new Date("2026-11-23T00:00:00Z") };
  expect(await Array.fromAsync(ledger.credentials({ ...day, agent: "travel" }))).toEqual(requests);
  const hour = { from: new Date("2026-11-22T09:00:00Z"), to: new Date("2026-11-22T10:00:00Z"), agent: "travel" };
  expect(await Array.fromAsync(ledger.credentials(hour))).toEqual([requests[1]]);
  expect(await Array.fromAsync(ledger.credentials(day))).toEqual([unknown]);
});
