import { writeFileSync } from "node:fs";
import { builtOperations } from "@gatehouse/core/control/built.ts";
import { differences } from "@gatehouse/core/control/differences.ts";
import { model, type Route } from "@gatehouse/core/control/model.ts";
import { operations } from "@gatehouse/core/control/operations.ts";
import { ownOperations } from "@gatehouse/core/control/own/operations.ts";
import { evaluationDifferences } from "@gatehouse/core/evaluation/onDemand/differences.ts";
import { evaluationOperations } from "@gatehouse/core/evaluation/onDemand/operations.ts";
import { dataPlaneDifferences } from "@gatehouse/core/identity/dataPlane/differences.ts";
import { dataPlaneOperations } from "@gatehouse/core/identity/dataPlane/operations.ts";

/*
 * node scripts/agentcore-operations.ts
 *
 * Writes docs/agentcore.md: which operations of AgentCore Gatehouse answers, by the handlers that there are.
 */

/** Where the page is. */
export const pageFile = new URL("../docs/agentcore.md", import.meta.url);

type Routes = Readonly<Record<string, Route>>;

const ofDataPlane = [...dataPlaneOperations, ...evaluationOperations].map(({ name }) => name);
const built = new Set([...builtOperations(), ...ofDataPlane]);
const texts: Readonly<Partial<Record<string, string>>> = {
  ...differences,
  ...dataPlaneDifferences,
  ...evaluationDifferences,
};

/** The page: every operation of AgentCore, and whether it works, differs or is absent. */
export function operationsPage(): string {
  const { control, data } = model;
  const all = Object.keys({ ...control.operations, ...data.operations });
  const newer = Object.entries(newerRoutes());
  const absentNewer = newer.map(([name]) => name).filter((name) => !built.has(name));
  return `<!-- Written by \`node scripts/agentcore-operations.ts\`. -->
# AgentCore's operations

What of the API of Amazon Bedrock AgentCore Gatehouse answers. Of ${all.length} operations, ${count(all, "works")} work as AgentCore's do,
${count(all, "differs")} differ in what the table says, and ${count(all, "absent")} are absent: those of
the control plane answer \`ValidationException\` with their name, those of the data plane \`UnknownOperationException\`.

How to point the AWS CLI, boto3 or an AWS SDK at Gatehouse is in [Administer](administer.md). Names, members and limits are AWS's own. A
member that Gatehouse doesn't build yet is refused by name, unless the table says that it is kept.

## Control plane

${table(control.operations)}

## Data plane

${table(data.operations)}

## Newer than the model

The AWS SDK knows ${newer.length} more operations of the control plane. Built:

${table(Object.fromEntries(newer.filter(([name]) => built.has(name))))}

Absent: ${absentNewer
    .sort()
    .map((name) => `\`${name}\``)
    .join(", ")}.

## Prompts and resources at the MCP endpoint

| method | how it differs |
|---|---|
| \`prompts/list\`, \`resources/list\`, \`resources/templates/list\` | show what policy lets the caller get or read; AgentCore shows everything |
| \`prompts/get\`, \`resources/read\` | are decided by policy, with [actions of their own](policies.md#prompts-and-resources); AgentCore lets all of them through |
| \`prompts/list\`, \`prompts/get\` | the same names, \`Target___prompt\` |
| \`resources/list\`, \`resources/read\` | every URI has its target's name in it, so that no target can stand in another's place: [Add a target](targets.md#prompts-and-resources) |
| \`completion/complete\` | answered for what the caller is shown |
`;
}

/** Differences that are told of operations which aren't built. */
export function strayDifferences(): string[] {
  return Object.keys(texts).filter((name) => !built.has(name));
}

function table(routes: Routes): string {
  const rows = Object.entries(routes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, { method, uri }]) => `| \`${name}\` | \`${method} ${uri}\` | ${stateOf(name)} | ${texts[name] ?? ""} |`,
    );
  return ["| operation | request | state | how it differs |", "|---|---|---|---|", ...rows].join("\n");
}

function stateOf(name: string): "works" | "differs" | "absent" {
  if (!built.has(name)) return "absent";
  return texts[name] === undefined ? "works" : "differs";
}

function count(names: readonly string[], state: ReturnType<typeof stateOf>): number {
  return names.filter((name) => stateOf(name) === state).length;
}

/** What the SDK knows of the control plane and the model doesn't; Gatehouse's own operations are no part of it. */
function newerRoutes(): Routes {
  const others = new Set([...Object.keys(model.control.operations), ...ownOperations.map(([, , name]) => name)]);
  const newer = operations.filter(({ name }) => !others.has(name));
  return Object.fromEntries(
    newer.map(({ name, method, segments }) => [name, { method, uri: `/${segments.join("/")}` }]),
  );
}

if (import.meta.main) writeFileSync(pageFile, operationsPage());
