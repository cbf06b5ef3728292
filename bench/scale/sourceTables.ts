import type { LoadModel } from "./model.ts";
import { agentCore, type Price, prices } from "./prices.ts";
import { type Quota, quotas } from "./quotas.ts";
import { type SourceName, sources, type Verification } from "./sources.ts";
import { count, type Table } from "./table.ts";

const verifications: Readonly<Record<Verification, string>> = {
  aws: "read in it",
  thirdParty: "others' readings of it",
  assumed: "not verified",
  ours: "read in it",
};

function link(name: SourceName): string {
  const { title, url } = sources[name];
  return `[${title}](${url})`;
}

/** The quotas, where each is from, and how far it is verified. */
export function quotaSources(): Table {
  const rows = Object.values(quotas).map(({ name, limit, unit, raisedBy, source, verification }: Quota) => [
    name,
    `${count(limit, 6)} ${unit}`,
    raisedBy === "fixed" ? "no" : "yes",
    link(source),
    verifications[verification],
  ]);
  return { columns: ["quota", "default", "adjustable", "source", "figure"], rows };
}

/** The prices, where each is from, and how far it is verified. */
export function priceSources(): Table {
  const rows = Object.values(prices).map(({ tiers, unit, source, verification }: Price) => [
    unit,
    tiers.map(({ dollars }) => plain(dollars)).join(", "),
    link(source),
    verifications[verification],
  ]);
  const { source, verification } = agentCore;
  const ofAgentCore = [
    ["AgentCore: invocation of a gateway", plain(agentCore.invocation)],
    ["AgentCore: authorisation", plain(agentCore.authorization)],
  ].map((cells) => [...cells, link(source), verifications[verification]]);
  return { columns: ["unit", "dollars, by tier", "source", "figure"], rows: [...rows, ...ofAgentCore] };
}

/** The documents that are cited for neither a quota nor a price of the tables. */
export function otherSources(): Table {
  const used = new Set<SourceName>(
    [...Object.values(quotas), ...Object.values(prices), agentCore].map(({ source }) => source),
  );
  const names = Object.keys(sources) as SourceName[]; // They are the keys of that object.
  const rows = names.flatMap((name) => (used.has(name) ? [] : [[otherUses[name] ?? "", link(name)]]));
  return { columns: ["what", "source"], rows };
}

const otherUses: Partial<Record<SourceName, string>> = {
  apiGatewayStreaming: "how long a streamed answer may last, and how fast it may be",
  lambdaScaling: "1,000 environments in ten seconds",
  lambdaMemory: "1,769 MB are one vCPU",
  lambdaProvisionedPollers: "2,000 pollers of 10 invocations each",
  lambdaManagedInstances: "environments that answer many requests at a time",
  dynamoSplits: "no split where the sort key only grows (as others cite it)",
  dynamoInitial: "4,000 write units at first, then twice the last peak",
  cognitoPricing: "a token for an agent (others' readings)",
};

/** Small prices are those of a million. */
function plain(dollars: number): string {
  return dollars < 0.001 ? `${count(dollars * 1e6, 6)} a million` : count(dollars);
}

/** What the load is assumed to be. */
export function assumptionTable(model: LoadModel): Table {
  const { recordMilliseconds: record, sampling } = model;
  const rows: readonly (readonly [string, number, string])[] = [
    ["`tools/list` requests a tool call", model.listsPerCall, ""],
    ["tools that a list shows", model.tools, ""],
    ["a target answers in", model.targetMilliseconds, "ms"],
    ["processor time of a request in the gateway, of one vCPU", model.cpuMilliseconds, "ms"],
    ["PutEvents", model.putEventsMilliseconds, "ms"],
    ["one consistent read", model.getItemMilliseconds, "ms"],
    ["one receive from the queue", model.receiveMilliseconds, "ms"],
    ["recording a batch", record.batch, "ms"],
    ["and for each event in it", record.event, "ms"],
    ["answer of a call", model.answerBytes, "bytes"],
    ["answer of a list", model.listBytes, "bytes"],
    ["request to the target", model.targetRequestBytes, "bytes"],
    ["log of an invocation", model.invocationLogBytes, "bytes"],
    ["access log of a request", model.accessLogBytes, "bytes"],
    ["requests traced: each second's first, and of the rest", sampling.rate * 100, "%"],
    ["segments of a trace", model.segmentsPerTrace, ""],
    ["of a quota that a deployment should use", model.headroom * 100, "%"],
  ];
  return {
    columns: ["assumption", "value"],
    rows: rows.map(([name, value, unit]) => [name, `${count(value)} ${unit}`.trim()]),
  };
}
