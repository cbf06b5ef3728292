import {
  BedrockAgentCoreControlClient,
  CreateGatewayCommand,
  GetGatewayCommand,
  ListGatewaysCommand,
  paginateListPolicies,
  UpdateGatewayCommand,
  UpdatePolicyCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { post, toolsCall } from "../test/support/mcp.ts";
import type { AccessKey } from "../test/support/signedRequest.ts";
import { peers } from "./peers/start.ts";
import { percentile, round, summary } from "./statistics.ts";

interface Controlled {
  readonly url: string;
  readonly region: string;
  readonly administrator: AccessKey;
  readonly gateway: { readonly arn: string; readonly url: string };
  readonly policyEngineId: string;
  readonly token: string;
}

interface Subject {
  readonly name: string;
  readonly client: BedrockAgentCoreControlClient;
}

/** Operations of the control plane by the official client, beside the naive way and a peer; and when a policy counts. */
export async function benchControl() {
  const running = peers();
  try {
    const controlled = JSON.parse(await running.start("control")) as Controlled;
    const subjects: Subject[] = [
      subject("gatehouse", controlled.url, controlled.administrator),
      subject("bare table", await running.start("bareTable")),
    ];
    const moto = await running.startMoto();
    if (moto === undefined) console.log("  (Moto isn't installed: measured without it)");
    else subjects.push(subject("moto", moto));
    const operations: Record<string, unknown> = {};
    for (const concurrency of [1, 8]) {
      operations[`concurrency ${concurrency}`] = await compareOperations(subjects, { concurrency, rounds: 3 });
    }
    for (const { client } of subjects) client.destroy();
    return { unit: "operations a second; milliseconds", ...operations, "policy change": await effect(controlled) };
  } finally {
    await running.stop();
  }
}

function subject(name: string, endpoint: string, key?: AccessKey): Subject {
  const credentials = key ?? { accessKeyId: "bench", secretAccessKey: "bench" };
  return { name, client: new BedrockAgentCoreControlClient({ endpoint, region: "us-east-1", credentials }) };
}

let serial = 0;
const settings = () => ({
  name: `bench-${serial++}`,
  roleArn: "arn:aws:iam::123456789012:role/bench",
  authorizerType: "CUSTOM_JWT" as const,
  protocolType: "MCP" as const,
  authorizerConfiguration: {
    customJWTAuthorizer: {
      discoveryUrl: "https://issuer.example/.well-known/openid-configuration",
      allowedAudience: ["bench"],
    },
  },
});

/** Each worker has a gateway of its own: what is measured is the work, not who waits for whom. */
const operations = {
  CreateGateway: ({ client }: Subject) => client.send(new CreateGatewayCommand(settings())),
  GetGateway: ({ client }: Subject, gatewayIdentifier: string) =>
    client.send(new GetGatewayCommand({ gatewayIdentifier })),
  UpdateGateway: ({ client }: Subject, gatewayIdentifier: string) =>
    client.send(new UpdateGatewayCommand({ gatewayIdentifier, ...settings() })),
  "ListGateways of 10": ({ client }: Subject) => client.send(new ListGatewaysCommand({ maxResults: 10 })),
};

async function compareOperations(
  subjects: readonly Subject[],
  { concurrency, rounds }: { concurrency: number; rounds: number },
) {
  const gateways = new Map<string, string[]>();
  for (const subject of subjects) {
    const created = Array.from({ length: concurrency }, () => operations.CreateGateway(subject));
    gateways.set(
      subject.name,
      (await Promise.all(created)).map(({ gatewayId = "" }) => gatewayId),
    );
  }
  const rows: Record<string, Record<string, number>> = {};
  for (const [name, operation] of Object.entries(operations)) {
    const measured = new Map(
      subjects.map((subject) => [subject.name, { samples: [] as number[], rates: [] as number[] }]),
    );
    for (let round = 0; round <= rounds; round++) {
      for (const subject of subjects) {
        const { samples, seconds } = await run(
          (worker) => operation(subject, gateways.get(subject.name)?.[worker] ?? ""),
          concurrency,
        );
        // The first round is for warming up.
        if (round === 0) continue;
        measured.get(subject.name)?.samples.push(...samples);
        measured.get(subject.name)?.rates.push(samples.length / seconds);
      }
    }
    const rate = (of: string) => percentile(measured.get(of)?.rates ?? [], 0.5);
    rows[name] = {
      ...Object.fromEntries(subjects.map((subject) => [`${subject.name} a second`, Math.round(rate(subject.name))])),
      "gatehouse p50": round(summary(measured.get("gatehouse")?.samples ?? []).p50, 2),
      "gatehouse p99": round(summary(measured.get("gatehouse")?.samples ?? []).p99, 2),
      "share of the bare table": round(rate("gatehouse") / rate("bare table"), 2),
      ...(measured.has("moto") ? { "times moto": round(rate("gatehouse") / rate("moto"), 2) } : {}),
    };
  }
  return rows;
}

/** By time, not by number: a subject that is slow must not hold up the others. */
const roundMilliseconds = 700;

async function run(operation: (worker: number) => Promise<unknown>, concurrency: number) {
  const samples: number[] = [];
  const startedAt = performance.now();
  const work = async (_: unknown, worker: number) => {
    while (performance.now() - startedAt < roundMilliseconds) {
      const start = performance.now();
      await operation(worker);
      samples.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return { samples, seconds: (performance.now() - startedAt) / 1_000 };
}

/** From the answer of UpdatePolicy to the first call that is decided by it, with calls one after the other meanwhile. */
async function effect({ url, administrator, gateway, policyEngineId, token }: Controlled) {
  const { client } = subject("gatehouse", url, administrator);
  let policyId: string | undefined;
  for await (const { policies } of paginateListPolicies({ client }, { policyEngineId }))
    policyId ??= policies?.[0]?.policyId;
  const samples: number[] = [];
  const headers = { Authorization: `Bearer ${token}` };
  for (let change = 0; change < 40; change++) {
    const allow = change % 2 === 1;
    const statement = `permit(principal, action, resource == AgentCore::Gateway::"${gateway.arn}") when { ${allow} };`;
    await client.send(new UpdatePolicyCommand({ policyEngineId, policyId, definition: { cedar: { statement } } }));
    const changedAt = performance.now();
    for (;;) {
      const sentAt = performance.now();
      const { body } = await post(gateway.url, toolsCall("Up___echo", { text: "x" }), headers);
      if ((body?.result?.isError !== true) !== allow) continue;
      samples.push(sentAt - changedAt);
      break;
    }
  }
  client.destroy();
  return {
    changes: samples.length,
    p50: round(percentile(samples, 0.5)),
    "longest (goal: at most 1,000)": round(Math.max(...samples)),
  };
}
