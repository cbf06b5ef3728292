import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { errorsPage, pageFile } from "./errors.ts";

test("docs/errors.md says what the gateway answers", () => {
  const written = readFileSync(pageFile, "utf8");
  expect(written, "docs/errors.md is stale; run: node scripts/errors.ts").toBe(errorsPage());
});
