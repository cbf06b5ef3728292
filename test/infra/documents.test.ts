import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { alarmsOf } from "../../stacks/alarms.ts";
import { everything } from "./everything.ts";

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
const names = { physical: (name: string) => name, service: "", api: "", stage: "" };
const alarms = { gatewayP99Milliseconds: 1, denyRatePercent: 1 };

test.each(Object.keys(alarmsOf(names, alarms)))("docs/operate.md says what to do about the alarm %s", (name) => {
  expect(read("operate.md")).toContain(`\`${name}\``);
});

test.each(Object.keys(everything))("docs/deploy.md says what a stage's %s is", (setting) => {
  expect(read("deploy.md")).toContain(`| \`${setting}\` |`);
});
