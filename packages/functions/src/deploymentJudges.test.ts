import { Logger } from "@aws-lambda-powertools/logger";
import { openAiReply, scriptedServer } from "@gatehouse/core/model/testing.ts";
import { startTestDatabase, type TestDatabase } from "@gatehouse/core/storage/testing.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Environment } from "./environment.ts";

let database: TestDatabase;
let server: Awaited<ReturnType<typeof scriptedServer>>;
let deploymentJudges: typeof import("./deploymentJudges.ts").deploymentJudges;
beforeAll(async () => {
  [database, server] = await Promise.all([startTestDatabase(), scriptedServer()]);
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", database.endpoint);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  // No day ends while it is tested.
  vi.setSystemTime("2040-01-01T12:00:00Z");
  ({ deploymentJudges } = await import("./deploymentJudges.ts"));
});
afterAll(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  await Promise.all([database?.stop(), server?.close()]);
});

const logger = new Logger({ logLevel: "SILENT" });
const yes = openAiReply('{"reasoning":"So.","label":"Yes"}');

/** A running copy of a function, which shares no memory with others. */
function copy(limits: { readonly tokensPerDay?: number; readonly tokensPerMinute?: number }, aggregates: string) {
  server.script(yes);
  const environment = {
    tables: { ...database.tables, aggregates },
    judge: { modelIds: ["small"], url: server.url, ...limits },
  } as unknown as Environment; // It reads no more of it.
  return deploymentJudges(environment, logger)?.judge;
}

const question = (material: string) => ({
  instructions: "Good?",
  material,
  labels: ["Yes"],
  signal: new AbortController().signal,
});

test("without a model there is no judge", () => {
  expect(deploymentJudges({ tables: database.tables } as unknown as Environment, logger)).toBeUndefined();
});

test("copies of functions share the budget", async () => {
  const limits = { tokensPerDay: 3_000 };
  const first = copy(limits, database.tables.aggregates);
  const second = copy(limits, database.tables.aggregates);
  // An answer uses 18 tokens, and before it is there, what it may use at most is taken: of these, there is room for one.
  expect(await first?.ask(question("{}"))).toMatchObject({ label: "Yes" });
  expect(await second?.ask(question("[]"))).toMatchObject({ label: "Yes" });
  const [arrived, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  server.script((...request) => {
    arrived.resolve();
    void released.promise.then(() => yes(...request));
  });
  const asked = first?.ask(question("1"));
  await arrived.promise;
  await expect(second?.ask(question("2"))).rejects.toMatchObject({ code: "BudgetExceeded" });
  released.resolve();
  expect(await asked).toMatchObject({ label: "Yes" });
  server.script(yes);
  expect(await second?.ask(question("3"))).toMatchObject({ label: "Yes" });
});

test("whose table can't be reached, the judge isn't asked", async () => {
  const judge = copy({ tokensPerMinute: 100_000 }, "no-such-table");
  await expect(judge?.ask(question("{}"))).rejects.toMatchObject({ code: "BudgetExceeded" });
  expect(server.requests).toEqual([]);
});

test("without a limit, the table isn't touched", async () => {
  expect(await copy({}, "no-such-table")?.ask(question("{}"))).toMatchObject({ label: "Yes" });
});
