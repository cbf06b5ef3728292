import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import { startSts, type TestSts } from "@gatehouse/core/gateway/targets/testing/sts.ts";
import { type FunctionDefinition, topology } from "@gatehouse/functions/topology.ts";
import { handlerOf, type LambdaHandler } from "@gatehouse/local/lambda/handler.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { eventStream, messageOf, randomFrom } from "../support/eventStream.ts";
import { useFacade } from "../support/facade.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { type JudgeServer, startJudge } from "../support/judgeServer.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { grants } from "./checks/grants.ts";
import {
  administer,
  analyse,
  askForItself,
  enter,
  evaluate,
  evaluateOnline,
  sendSpan,
  useIdentity,
} from "./scenario.ts";
import { type Command, rightsOf } from "./used.ts";

type FunctionName = keyof typeof topology.functions;

const names = Object.keys(topology.functions) as FunctionName[];
/** What each function has asked of AWS, in the words of its rights. */
const used = new Map(names.map((name) => [name, new Set<string>()]));
const running = new AsyncLocalStorage<FunctionName>();
const handlers = new Map<string, (event: unknown) => Promise<unknown>>();
/** What is needed on occasions that don't come about here. */
const unseen: ReadonlySet<string> = new Set([
  // Where nothing was sealed yet, whoever is the first makes the data key; on one machine that is the host itself.
  "kms:GenerateDataKey secrets if purpose=gatehouse",
  // Tokens that an issuer doesn't refresh any more are dropped (identity/outbound/flows.ts); the host's own always does.
  "dynamodb:DeleteItem vault",
]);
/** And what one of them doesn't: it lists tools, where nobody is asked for a consent, and the key to sign with is there. */
const unseenOf: Partial<Record<FunctionName, string>> = { synchronize: "dynamodb:PutItem vault" };
const takeRole = "sts:AssumeRole roles of gateways";
const due = (name: FunctionName) => {
  const { takesGatewayRoles = false }: FunctionDefinition = topology.functions[name];
  return [...grants[name].filter((right) => !right.startsWith("sqs:")), ...(takesGatewayRoles ? [takeRole] : [])];
};

/** Loads a function's real handler, and knows of everything that happens under it. */
async function loadFunction(name: string): Promise<LambdaHandler> {
  // As on AWS: one machine has no roles.
  Object.assign(process.env, { GATEHOUSE_ASSUME_GATEWAY_ROLES: "true", AWS_ENDPOINT_URL_STS: sts.url });
  const module = `@gatehouse/functions/${topology.functions[name as FunctionName].module}`;
  const handler = handlerOf(await import(module), module) as (...args: unknown[]) => unknown;
  const watched = (...args: unknown[]) => running.run(name as FunctionName, () => handler(...args));
  const context = { invokedFunctionArn: name, awsRequestId: name, getRemainingTimeInMillis: () => 50_000 };
  handlers.set(name, async (event) => watched(event, context));
  return watched as LambdaHandler;
}

/** Sees what the functions' clients send. */
async function watch(): Promise<void> {
  const { documentClient, eventBridge, kms } = await import("@gatehouse/functions/aws.ts");
  for (const client of [documentClient, eventBridge, kms] as unknown as Watchable[]) {
    client.middlewareStack.add(
      (next, context) => (args) => {
        const name = running.getStore();
        if (name !== undefined) for (const right of rightsOf(context, args.input)) used.get(name)?.add(right);
        return next(args);
      },
      // Before the host takes a shortcut.
      { step: "initialize", priority: "high" },
    );
  }
}

/** Sees who asks STS, whose client is made when the first role is taken. */
function watchSts(message: unknown): void {
  const { request } = message as { readonly request: ClientRequest }; // Node's documentation, "http.client.request.start".
  const name = running.getStore();
  if (name !== undefined && request.getHeader("host") === new URL(sts.url).host) used.get(name)?.add(takeRole);
}

/** What all clients of the SDK have in common, and their types say in ways of their own. */
interface Watchable {
  readonly middlewareStack: {
    add(middleware: Middleware, options: { readonly step: "initialize"; readonly priority: "high" }): void;
  };
}
interface Sent {
  readonly input: Parameters<typeof rightsOf>[1];
}
type Middleware = (next: (args: Sent) => Promise<unknown>, context: Command) => (args: Sent) => Promise<unknown>;

let gatehouse: TestGatehouse;
let upstream: Upstream;
let sts: TestSts;
let judge: JudgeServer;
beforeAll(async () => {
  sts = await startSts();
  subscribe("http.client.request.start", watchSts);
  upstream = await startUpstream();
  judge = await startJudge();
  // Its budget is counted where there is a limit.
  vi.stubEnv("GATEHOUSE_JUDGE_MODEL_ID", "judge");
  vi.stubEnv("GATEHOUSE_JUDGE_MODEL_URL", judge.url);
  vi.stubEnv("GATEHOUSE_JUDGE_TOKENS_PER_DAY", "1000000");
  gatehouse = await startGatehouse({ loadFunction });
  await watch();
  await administer(gatehouse);
  await useIdentity(gatehouse);
  await useFacade(gatehouse);
  const agent = await enter(gatehouse, upstream);
  await agent.call();
  await agent.ask();
  await withoutBus(agent.call);
  await withoutBus(() => askForItself(gatehouse));
  await handlers.get("sweep")?.({});
  await agent.leave();
  await sendSpan(gatehouse);
  await withoutBus(() => sendSpan(gatehouse));
  await evaluate(gatehouse);
  await analyse(gatehouse);
  await evaluateOnline(gatehouse, async (name, event) => handlers.get(name)?.(event), withoutBus);
  await recordYesterday();
  await handlers.get("compact")?.({});
  await handlers.get("firstKey")?.({});
  await handlers.get("widget")?.({ widget: "decisions" });
});
afterAll(async () => {
  await gatehouse?.[Symbol.asyncDispose]();
  await upstream?.stop();
  unsubscribe("http.client.request.start", watchSts);
  await sts?.[Symbol.asyncDispose]();
  await judge?.[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
  for (const name of ["GATEHOUSE_ASSUME_GATEWAY_ROLES", "AWS_ENDPOINT_URL_STS"]) delete process.env[name];
});

/** What comes in so many batches is merged while it is recorded, once it is drawn; and again, once its day is over. */
async function recordYesterday(): Promise<void> {
  const start = Date.now() - 86_400_000;
  const { events } = eventStream({ name: "yesterday", count: 120, random: randomFrom(1), start, length: 1 });
  const draw = vi.spyOn(Math, "random").mockReturnValue(0);
  try {
    for (const event of events) await handlers.get("record")?.({ Records: [messageOf(event)] });
  } finally {
    draw.mockRestore();
  }
}

/** While it lasts, the bus takes nothing. */
async function withoutBus(act: () => Promise<void>): Promise<void> {
  const { eventBridge } = await import("@gatehouse/functions/aws.ts");
  const away = () => Promise.reject(new Error("The bus is away."));
  eventBridge.middlewareStack.add(() => away, { step: "initialize", priority: "high", name: "away" });
  try {
    await act();
  } finally {
    eventBridge.middlewareStack.remove("away");
  }
}

test.each(names)("%s does nothing that it has no right to", (name) => {
  expect([...(used.get(name) ?? [])].filter((right) => !due(name).includes(right))).toEqual([]);
});

test.each(names)("%s has no right that it doesn't use", (name) => {
  const unused = due(name).filter((right) => !used.get(name)?.has(right));
  expect(unused.filter((right) => !unseen.has(right) && right !== unseenOf[name])).toEqual([]);
});
