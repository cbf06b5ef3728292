import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { operationsPage, pageFile, strayDifferences } from "./agentcore-operations.ts";

test("docs/agentcore.md says what is built", () => {
  const written = readFileSync(pageFile, "utf8");
  expect(written, "docs/agentcore.md is stale; run: node scripts/agentcore-operations.ts").toBe(operationsPage());
});

test("differences are told of operations that are built", () => {
  const message = "remove them from packages/core/src/control/differences.ts, or build them";
  expect(strayDifferences(), message).toEqual([]);
});
