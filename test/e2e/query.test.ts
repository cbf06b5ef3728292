import { BedrockAgentCoreControlClient } from "@aws-sdk/client-bedrock-agentcore-control";
import { type QueryClient, type QueryParameters, queryClientOf } from "@gatehouse/apply/observe/queryClient.ts";
import type {
  Aggregates,
  DecisionPage,
  EvaluationPage,
  Reconciliations,
  SessionPage,
  SessionTree,
} from "@gatehouse/core/observability/query/answers.ts";
import type { SpanToRecord } from "@gatehouse/core/observability/spans/pack.ts";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse, type TestGateway } from "../support/gatehouse.ts";
import { connectClient } from "../support/mcp.ts";
import {
  decided,
  decisionAt,
  evaluated,
  evaluationAt,
  newSpanId,
  newTraceId,
  observe,
  spanAt,
  told,
} from "../support/observed.ts";
import { signedRequest } from "../support/signedRequest.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";

let upstream: Upstream;
let gatehouse: TestGatehouse;
let ask: QueryClient;
let gateway: TestGateway;
const clients: BedrockAgentCoreControlClient[] = [];
const startedAt = new Date(Date.now() - 60_000);
/** What a session's tree is made of: an agent's step, its model call and tool call, and the gateway's part of that. */
const session = "session/of alice";
const traceId = newTraceId();
const [agentSpan, callSpan, gatewaySpan] = [newSpanId(), newSpanId(), newSpanId()];
const past = (minutes: number) => new Date(Math.floor(startedAt.getTime() / 60_000 - minutes) * 60_000);

beforeAll(async () => {
  upstream = await startUpstream();
  gatehouse = await startGatehouse();
  ask = queryClientOf(gatehouse.url, gatehouse.control);
  gateway = await gatehouse.createGateway();
  await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint: upstream.endpoint } });
  await gatehouse.attach(gateway, "ENFORCE", {
    transfers: `permit(principal, action == AgentCore::Action::"Up___transfer", resource == AgentCore::Gateway::"{gateway}") when { context.input.amount <= 100 };`,
  });
  const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
  await client.listTools();
  await client.callTool({ name: "Up___transfer", arguments: { amount: 1 } });
  await client.callTool({ name: "Up___transfer", arguments: { amount: 101 } });
  await client.close();
  await gatehouse.host.idle();
  await observe(gatehouse, [
    ...Array.from({ length: 30 }, (_, index) =>
      decided(decisionAt(past(200 + index), "busy", { principal: principalOf(index) })),
    ),
    ...Array.from({ length: 10 }, (_, index) => decided(decisionAt(past(201 + 3 * index), "calm", { policyEngine }))),
    decided(
      decisionAt(past(90), "busy", {
        decision: "DENY",
        outcome: "denied",
        determiningPolicies: ["p-1", "p-2"],
        sessionId: session,
        traceId,
        spanId: gatewaySpan,
      }),
    ),
    ...evaluations.map(evaluated),
    ...told(agentSpans()),
    ...told(
      [
        {
          span: spanAt(past(90), traceId, {
            spanId: gatewaySpan,
            parentSpanId: callSpan,
            name: "tools/call Up___echo",
            kind: "SERVER",
          }),
          sessionId: session,
        },
      ],
      "gateway",
    ),
  ]);
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await gatehouse?.[Symbol.asyncDispose]();
  await upstream?.stop();
});

/** Of two online evaluations, minute by minute, over two hours. */
const evaluations = Array.from({ length: 12 }, (_, index) =>
  evaluationAt(past(130 - 10 * index), index % 3 === 0 ? "quality-b" : "quality-a", {
    sessionId: `judged-${index % 2}`,
    ...(index === 5 ? { errorCode: "MissingData", errorMessage: "=no request" } : {}),
  }),
);

const policyEngine = {
  arn: "arn:aws:bedrock-agentcore:us-east-1:123456789012:policy-engine/main-1",
  version: 1,
  mode: "LOG_ONLY",
} as const;
const principalOf = (index: number) => ({ type: "AgentCore::OAuthUser", id: `user-${index % 3}` }) as const;

function agentSpans(): SpanToRecord[] {
  const common = { agent: "claims-agent", durationMicroseconds: 1_000_000 } as const;
  return [
    { span: spanAt(past(91), traceId, { spanId: agentSpan, name: "invoke_agent" }), sessionId: session },
    {
      span: spanAt(past(91), traceId, { parentSpanId: agentSpan, name: "chat", kind: "CLIENT" }),
      sessionId: session,
      facts: {
        type: "modelCall",
        provider: "openai",
        model: "gpt",
        inputTokens: 100,
        outputTokens: 20,
        costNanoDollars: 7,
        ...common,
      },
    },
    {
      span: spanAt(past(90), traceId, {
        spanId: callSpan,
        parentSpanId: agentSpan,
        name: "execute_tool",
        kind: "CLIENT",
      }),
      sessionId: session,
      facts: { type: "agentToolCall", tool: "Up___echo", ...common },
    },
  ];
}

async function json<Answer>(path: string, parameters?: QueryParameters, as = ask): Promise<Answer> {
  return (await (await as(path, parameters)).json()) as Answer;
}

/** The query API as somebody with other roles. */
async function as(...roles: string[]): Promise<QueryClient> {
  const { host, url } = gatehouse;
  const { body } = await signedRequest(
    url,
    { method: "POST", path: "/access-keys", body: { name: "test", roles } },
    host.administrator,
  );
  const client = new BedrockAgentCoreControlClient({ endpoint: url, region: host.region, credentials: body });
  clients.push(client);
  return queryClientOf(url, client);
}

const long = { from: new Date(startedAt.getTime() - 24 * 3_600_000).toISOString() };

describe("the OpenAPI document", () => {
  /** A request of each operation that has an answer with something in it. */
  const requests: Readonly<Record<string, readonly [string, QueryParameters]>> = {
    ListDecisions: ["/decisions", { maxResults: 5 }],
    ListEvaluations: ["/evaluations", { ...long }],
    GetAggregates: ["/aggregates", { groupBy: ["tool", "decision", "policy"], interval: "hour" }],
    ListTop: ["/top", { of: "denials" }],
    ListSessions: ["/sessions", { ...long }],
    GetSession: [`/sessions/${encodeURIComponent(session)}`, {}],
    GetTrace: [`/traces/${traceId}`, {}],
    GetReconciliation: ["/reconciliation", {}],
    ExportDecisions: ["/export/decisions", {}],
  };

  test("is there for everybody, and its answers are what it says", async () => {
    const response = await fetch(`${gatehouse.url}/observability/openapi.json`);
    // biome-ignore lint/suspicious/noExplicitAny: a document of many forms; what is wrong with it fails below.
    const document: any = await response.json();
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    formats.default(ajv as never); // Made for another class of the same library.
    ajv.addSchema(document, "openapi.json");
    const operations = Object.entries<{ get: { operationId: string } }>(document.paths);
    expect(operations.map(([, { get }]) => get.operationId).sort()).toEqual(Object.keys(requests).sort());
    for (const [path, { get }] of operations) {
      const [address = "", parameters] = requests[get.operationId] ?? [];
      const answer = await ask(address, parameters);
      const type = answer.headers.get("content-type") ?? "";
      const pointer = ["paths", path, "get", "responses", "200", "content", type, "schema"].map((part) =>
        encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")),
      );
      const validate = ajv.getSchema(`openapi.json#/${pointer.join("/")}`);
      const text = await answer.text();
      const answers = type === "application/json" ? [text] : text.trimEnd().split("\n");
      for (const one of answers) {
        expect(validate?.(JSON.parse(one)), `${get.operationId}: ${JSON.stringify(validate?.errors)}`).toBe(true);
        expect(validate?.({ ...JSON.parse(one), more: 1 }), `${get.operationId} says no more than it may`).toBe(false);
      }
      expect(answers.join("").length, get.operationId).toBeGreaterThan(100);
    }
  });

  test("names every parameter that is taken, and no other is", async () => {
    const document = (await (await fetch(`${gatehouse.url}/observability/openapi.json`)).json()) as {
      paths: Record<string, { get: { operationId: string; parameters: { name: string; in: string }[] } }>;
    };
    for (const { get } of Object.values(document.paths)) {
      const [address = ""] = requests[get.operationId] ?? [];
      const error = await ask(address, { nonsense: "1" }).catch((error: Error) => error.message);
      expect(error).toContain("nonsense is no parameter here");
      for (const { name } of get.parameters.filter((parameter) => parameter.in === "query"))
        expect(error).toContain(name);
    }
  });
});

describe("decisions", () => {
  test("come the latest first, of all gateways or of those that are named, and are filtered", async () => {
    const all = await json<DecisionPage>("/decisions", { ...long, maxResults: 1_000 });
    const own = ["busy", "calm", gateway.id];
    expect(all.decisions.filter((decision) => own.includes(decision.gateway.id))).toHaveLength(44);
    expect(all.nextToken).toBeUndefined();
    const times = all.decisions.map(({ time }) => time);
    expect(times).toEqual(times.toSorted().toReversed());

    const of = async (parameters: QueryParameters) =>
      (await json<DecisionPage>("/decisions", { ...long, ...parameters })).decisions;
    expect(await of({ gateway: "calm" })).toHaveLength(10);
    expect(await of({ gateway: ["calm", "busy"] })).toHaveLength(41);
    expect(await of({ principal: "user-1" })).toHaveLength(10);
    expect(await of({ principal: ["user-1", "user-2"], gateway: "busy" })).toHaveLength(20);
    expect(await of({ mode: "LOG_ONLY" })).toHaveLength(10);
    expect(await of({ engine: "main-1" })).toHaveLength(10);
    expect(await of({ policy: "p-2" })).toMatchObject([{ sessionId: session }]);
    expect((await of({ gateway: gateway.id, outcome: "denied" })).map(({ tool }) => tool)).toEqual(["Up___transfer"]);
    expect((await of({ gateway: gateway.id, order: "oldest" })).map(({ outcome }) => outcome)).toEqual([
      "listed",
      "allowed",
      "denied",
    ]);
    expect(await of({ tool: "nothing" })).toEqual([]);
  });

  test.each(["newest", "oldest"])("pages of the %s, put together, are the whole, each decision once", async (order) => {
    const whole = await json<DecisionPage>("/decisions", { ...long, maxResults: 1_000, order });
    const ids: string[] = [];
    let nextToken: string | undefined;
    do {
      const page: DecisionPage = await json("/decisions", { ...long, maxResults: 7, order, nextToken });
      expect(page.decisions.length).toBeLessThanOrEqual(7);
      ids.push(...page.decisions.map(({ decisionId }) => decisionId));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(ids).toEqual(whole.decisions.map(({ decisionId }) => decisionId));
  });

  test("T24 where a page begins is a secret between Gatehouse and whoever was told", async () => {
    const { nextToken = "" } = await json<DecisionPage>("/decisions", { ...long, maxResults: 3 });
    expect(nextToken).not.toBe("");
    const other = await as("analyst");
    const wrong = "is not one that this list has answered you";
    await expect(other("/decisions", { ...long, maxResults: 3, nextToken })).rejects.toThrow(wrong);
    await expect(ask("/decisions", { ...long, gateway: "busy", nextToken })).rejects.toThrow(wrong);
    await expect(ask("/sessions", { ...long, nextToken })).rejects.toThrow(wrong);
    const altered = nextToken.replace(/(?<=.{40})./, (one) => (one === "A" ? "B" : "A"));
    await expect(ask("/decisions", { ...long, nextToken: altered })).rejects.toThrow(wrong);
    await expect(ask("/decisions", { ...long, maxResults: 9, nextToken })).resolves.toMatchObject({ status: 200 });
  });

  test("arguments that are recorded are not shown", async () => {
    const request = { tags: {}, arguments: { password: "hunter2" } };
    await observe(gatehouse, [decided(decisionAt(past(300), "secretive", { request }))]);
    const parameters = { ...long, gateway: "secretive" };
    for (const path of ["/decisions", "/export/decisions"]) {
      const text = await (await ask(path, parameters)).text();
      expect(text).toContain("secretive");
      expect(text).not.toContain("hunter2");
    }
  });

  test("as CSV, what a spreadsheet would run is text", async () => {
    const agent = '=HYPERLINK("http://evil","x")';
    await observe(gatehouse, [decided(decisionAt(past(301), "formulas", { agent, reason: 'says "no",\nand why' }))]);
    const response = await ask("/decisions", { ...long, gateway: "formulas", format: "csv" });
    expect(response.headers.get("content-type")).toMatch(/^text\/csv/);
    const [head, ...rest] = (await response.text()).split("\r\n");
    expect(head).toMatch(/^time,decisionId,gateway,/);
    expect(rest.join("\r\n")).toContain(`"'=HYPERLINK(""http://evil"",""x"")"`);
    expect(rest.join("\r\n")).toContain('"says ""no"",\nand why"');
    const page = await ask("/decisions", { ...long, maxResults: 2, format: "csv" });
    const nextToken = page.headers.get("x-gatehouse-next-token") ?? "";
    expect((await page.text()).split("\r\n")).toHaveLength(4);
    const next = await ask("/decisions", { ...long, maxResults: 2, format: "csv", nextToken });
    expect((await next.text()).split("\r\n")).toHaveLength(4);
  });
});

describe("exports", () => {
  test("hold every decision of a range, one a line, the oldest first", async () => {
    const parameters = { ...long, gateway: ["busy", "calm"] };
    const whole = await json<DecisionPage>("/decisions", { ...parameters, maxResults: 1_000, order: "oldest" });
    const lines = (await (await ask("/export/decisions", parameters)).text()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(whole.decisions);
    const csv = (await (await ask("/export/decisions", { ...parameters, format: "csv" })).text())
      .trimEnd()
      .split("\r\n");
    expect(csv).toHaveLength(lines.length + 1);
  });

  test("that are refused are errors like any other", async () => {
    await expect(ask("/export/decisions", { from: "yesterday" })).rejects.toMatchObject({ status: 400 });
  });
});

describe("evaluations", () => {
  const ids = ({ evaluations }: EvaluationPage) => evaluations.map(({ evaluationId }) => evaluationId);
  const made = (wanted: (evaluation: (typeof evaluations)[number]) => boolean = () => true) =>
    evaluations.filter(wanted).map(({ evaluationId }) => evaluationId);

  test("come the latest first, of all online evaluations or of those that are named, and are filtered", async () => {
    const list = async (parameters: QueryParameters) => ids(await json("/evaluations", { ...long, ...parameters }));
    expect(await list({})).toEqual(made().toReversed());
    expect(await list({ order: "oldest" })).toEqual(made());
    const ofB = made(({ config }) => config.id === "quality-b");
    expect(ofB).toHaveLength(4);
    expect(await list({ config: ["quality-b"], order: "oldest" })).toEqual(ofB);
    const ofSession = made(({ sessionId }) => sessionId === "judged-1");
    expect(await list({ session: ["judged-1"], order: "oldest" })).toEqual(ofSession);
    expect(await list({ error: ["MissingData"] })).toEqual([evaluations[5]?.evaluationId]);
    expect(await list({ agent: ["shop"], label: ["Very Helpful"], maxResults: 1_000 })).toHaveLength(12);
    expect(await list({ evaluator: ["Builtin.Refusal"] })).toEqual([]);
    expect(await list({ from: past(60).toISOString(), order: "oldest" })).toEqual(made().slice(7));
  });

  test("pages, put together, are the whole, each once", async () => {
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await json<EvaluationPage>("/evaluations", { ...long, maxResults: 5, nextToken });
      expect(page.evaluations.length).toBeLessThanOrEqual(5);
      found.push(...ids(page));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(found).toEqual(made().toReversed());
  });

  test("are a table, which no spreadsheet runs", async () => {
    const answer = await ask("/evaluations", { ...long, error: ["MissingData"], format: "csv" });
    const [header = "", row = ""] = (await answer.text()).split("\r\n");
    expect(header).toMatch(/^evaluatedAt,time,evaluationId,config,evaluator,level,sessionId,/);
    expect(row).toContain(",quality-a,Builtin.Helpfulness,SESSION,judged-1,");
    expect(row).toContain(",MissingData,'=no request,");
  });
});

describe("aggregates", () => {
  const of = (parameters: QueryParameters) => json<Aggregates>("/aggregates", { ...long, ...parameters });

  test("count by dimensions, with shares and percentiles", async () => {
    const { aggregates, total } = await of({ gateway: "busy", groupBy: ["decision"] });
    expect(total).toBe(31);
    expect(aggregates.map(({ group, count }) => [group.decision, count])).toEqual([
      ["ALLOW", 30],
      ["DENY", 1],
    ]);
    expect(aggregates[0]?.share).toBeCloseTo(30 / 31);
    expect(aggregates[0]?.durationMicroseconds.p99).toBeGreaterThan(95);
    expect(aggregates[0]?.durationMicroseconds.p99).toBeLessThan(105);
  });

  test("a decision of two policies counts for both, and once in the total", async () => {
    const { aggregates, total } = await of({ gateway: "busy", decision: "DENY", groupBy: ["policy"] });
    expect(total).toBe(1);
    expect(aggregates.map(({ group, share }) => [group.policy, share])).toEqual([
      ["p-1", 1],
      ["p-2", 1],
    ]);
    expect((await of({ policy: "p-1" })).total).toBe(1);
    expect((await of({ engine: "main-1" })).total).toBe(10);
  });

  test("by the minute", async () => {
    const parameters = {
      gateway: "busy",
      interval: "minute",
      from: past(230).toISOString(),
      to: past(199).toISOString(),
    };
    const { aggregates } = await of(parameters);
    expect(aggregates.map(({ time, count }) => [time, count])).toEqual(
      Array.from({ length: 30 }, (_, index) => [past(229 - index).toISOString(), 1]),
    );
  });

  test("by who called, which is kept by the hour", async () => {
    const { aggregates } = await of({ gateway: "busy", groupBy: ["principal"], outcome: "allowed" });
    expect(aggregates.map(({ group, count }) => [group.principal, count])).toEqual([
      ["user-0", 10],
      ["user-1", 10],
      ["user-2", 10],
    ]);
    await expect(of({ groupBy: "principal", interval: "minute" })).rejects.toThrow("take hour or day");
    await expect(of({ cube: "models", groupBy: "principal" })).rejects.toThrow(
      "the cube models isn't kept by it; decisions, calls are",
    );
    await expect(of({ groupBy: ["tool", "mode", "method", "target"] })).rejects.toMatchObject({ status: 400 });
    await expect(of({ groupBy: "polcy" })).rejects.toMatchObject({ status: 400 });
    const old = new Date(Date.now() - 60 * 86_400_000).toISOString();
    await expect(of({ from: old, interval: "minute" })).rejects.toThrow("minutes are kept for 40 days");
    await expect(of({ from: "2020-01-01T00:00:00Z" })).rejects.toThrow("kept for 400 days");
  });

  test("tokens and cost of models", async () => {
    const { aggregates } = await of({ cube: "models", groupBy: ["agent", "model"] });
    expect(aggregates).toMatchObject([
      {
        group: { agent: "claims-agent", model: "gpt" },
        count: 1,
        inputTokens: 100,
        outputTokens: 20,
        costNanoDollars: 7,
      },
    ]);
    const csv = await (await ask("/aggregates", { ...long, cube: "models", groupBy: "model", format: "csv" })).text();
    expect(csv).toMatch(
      /^time,model,count,share,p50,p95,p99,inputTokens,outputTokens,costNanoDollars,scores,averageScore\r\n,gpt,1,1,/,
    );
  });

  test("the most denied", async () => {
    const { entries } = await json<{ entries: unknown[] }>("/top", {
      ...long,
      of: "denials",
      gateway: ["busy", gateway.id],
    });
    expect(entries).toHaveLength(3);
    expect(entries).toContainEqual(
      expect.objectContaining({ count: 1, group: { gateway: "busy", tool: "Up___echo", policy: "p-1" } }),
    );
    expect(entries).toContainEqual(
      expect.objectContaining({ count: 1, group: { gateway: gateway.id, tool: "Up___transfer", policy: null } }),
    );
  });
});

describe("sessions", () => {
  test("are listed with what is known of them", async () => {
    const { sessions } = await json<SessionPage>("/sessions", long);
    expect(sessions).toContainEqual({
      sessionId: session,
      from: past(91).toISOString(),
      to: past(90).toISOString(),
      gateways: ["busy"],
      agents: expect.arrayContaining(["claims-agent", "agent"]),
      decisions: 1,
      denials: 1,
      modelCalls: 1,
      inputTokens: 100,
      outputTokens: 20,
      costNanoDollars: 7,
      errors: 0,
    });
    expect((await json<SessionPage>("/sessions", { ...long, gateway: "calm" })).sessions).toEqual([]);
  });

  test("pages of sessions, put together, are the whole, each session once", async () => {
    const names = Array.from({ length: 9 }, (_, index) => `paged-${index}`);
    await observe(
      gatehouse,
      names.flatMap((sessionId, index) =>
        [400, 400 + 40 * index].map((minutes) => decided(decisionAt(past(minutes), "paged", { sessionId }))),
      ),
    );
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page: SessionPage = await json("/sessions", { ...long, gateway: "paged", maxResults: 2, nextToken });
      found.push(...page.sessions.map(({ sessionId }) => sessionId));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(found.sort()).toEqual(names);
  });

  test("are one tree of what the agent and the gateway tell, and what was decided", async () => {
    const tree = await json<SessionTree>(`/sessions/${encodeURIComponent(session)}`);
    const shown = tree.nodes.map((node) => {
      const what = node.kind === "span" ? `${node.source} ${node.span.name}` : node.kind;
      return `${" ".repeat(node.depth)}${what}`;
    });
    expect(shown).toEqual([
      "trace",
      " agent invoke_agent",
      "  agent chat",
      "  agent execute_tool",
      "   gateway tools/call Up___echo",
      "    decision",
    ]);
    expect(tree).toMatchObject({ sessionId: session, traces: [traceId], truncated: false, summary: { modelCalls: 1 } });
    const trace = await json<{ nodes: unknown[] }>(`/traces/${traceId}`);
    expect(trace).toMatchObject({ traceId, sessions: [session] });
    expect(trace.nodes).toEqual(tree.nodes);
  });

  test("that nothing is known of are not there", async () => {
    await expect(ask("/sessions/nobody")).rejects.toMatchObject({ status: 404 });
    await expect(ask(`/traces/${newTraceId()}`)).rejects.toMatchObject({ status: 404 });
    await expect(ask("/traces/short")).rejects.toMatchObject({ status: 400 });
  });
});

describe("reconciliation", () => {
  test("says where everything agrees, and names what is missing where it doesn't", async () => {
    const hours = { from: past(24 * 60).toISOString(), to: past(60).toISOString() };
    const calm = await json<Reconciliations>("/reconciliation", { ...hours, gateway: "calm" });
    expect(calm).toMatchObject({
      agrees: true,
      gateways: [{ gatewayId: "calm", decisions: 10, decisionsWithoutTrace: 10 }],
    });
    const lost = decisionAt(past(120), "lossy", { traceId: newTraceId(), spanId: newSpanId() });
    await observe(gatehouse, [decided(lost)]);
    const lossy = await json<Reconciliations>("/reconciliation", { ...hours, gateway: "lossy" });
    expect(lossy).toMatchObject({
      agrees: false,
      gateways: [{ missingSpans: { count: 1, named: [{ decisionId: lost.decisionId }] } }],
    });
  });
});

describe("who may ask", () => {
  test("analysts may; agents, callers and strangers may not", async () => {
    const analyst = await as("analyst");
    await expect(analyst("/decisions")).resolves.toMatchObject({ status: 200 });
    for (const role of ["agent", "caller", "nobody"]) {
      const other = await as(role);
      for (const path of [
        "/decisions",
        "/aggregates",
        "/sessions",
        "/sessions/x",
        `/traces/${traceId}`,
        "/export/decisions",
        "/reconciliation",
      ]) {
        await expect(other(path), `${role} ${path}`).rejects.toMatchObject({ status: 403 });
      }
    }
    const unsigned = await fetch(`${gatehouse.url}/observability/decisions`);
    expect([unsigned.status, unsigned.headers.get("x-amzn-errortype")]).toEqual([
      403,
      "MissingAuthenticationTokenException",
    ]);
  });

  test("what isn't there is an error of the API's own form", async () => {
    const response = await fetch(`${gatehouse.url}/observability/nothing`);
    expect([response.status, await response.json()]).toMatchObject([404, { __type: "ResourceNotFoundException" }]);
  });
});
