import { setTimeout as delay } from "node:timers/promises";
import { type BedrockAgentCoreControlClient, GetGatewayCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { clientOf, endpointOf, explain } from "@gatehouse/apply/commandLine.ts";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import type { ReplayReport } from "@gatehouse/core/policy/replay/report.ts";
import { expand, isCedar } from "./files.ts";
import { readCedarFiles } from "./gateway.ts";
import { checkNames, type NamedPolicy } from "./policies.ts";
import { FoundError, UsageError } from "./problem.ts";

/** Which calls of a running Gatehouse are replayed, and against what. */
export interface DeployedReplay {
  readonly gatewayIdentifier: string;
  readonly from: string | undefined;
  readonly until: string | undefined;
  readonly endpoint: string | undefined;
  /** Cedar files; the policies of the gateway's engine as they are if none is named. */
  readonly policies: readonly string[];
  readonly against: "RECORDED" | "CURRENT";
}

const pauseMilliseconds = 500;
/** Its function may take a quarter of an hour. */
const longestMilliseconds = 20 * 60_000;

/**
 * Has a running Gatehouse replay the calls that it has recorded, and waits for what comes out.
 * @throws UsageError where it can't be reached, refuses, or can't finish.
 */
export async function replayDeployed(options: DeployedReplay): Promise<ReplayReport> {
  const period = {
    from: timeOf("from", options.from),
    until: timeOf("until", options.until ?? new Date().toISOString()),
  };
  const endpoint = endpointOf(options.endpoint, process.env);
  const client = clientOf(endpoint, process.env);
  try {
    return await replayWith(client, options, period);
  } catch (error) {
    if (error instanceof UsageError || error instanceof FoundError) throw error;
    throw new UsageError(explain(error, endpoint));
  } finally {
    client.destroy();
  }
}

async function replayWith(
  client: BedrockAgentCoreControlClient,
  { gatewayIdentifier, policies: names, against }: DeployedReplay,
  period: { readonly from: Date; readonly until: Date },
): Promise<ReplayReport> {
  const { name = "", gatewayArn = "" } = await client.send(new GetGatewayCommand({ gatewayIdentifier }));
  const policies = names.length === 0 ? undefined : await candidatesFor(name, gatewayArn, names);
  const { policyReplayId } = await sendOwn(client, "StartPolicyReplay", {
    gatewayIdentifier,
    ...period,
    against,
    ...(policies === undefined ? {} : { policies }),
  });
  for (const end = Date.now() + longestMilliseconds; Date.now() < end; ) {
    const replay = await sendOwn(client, "GetPolicyReplay", { gatewayIdentifier, policyReplayId });
    if (replay.status === "REPLAY_FAILED") throw new UsageError(replay.statusReasons.join(" "));
    // Written by the function that has replayed, as a report.
    if (replay.status === "REPLAYED") return replay.report as unknown as ReplayReport;
    await delay(pauseMilliseconds);
  }
  throw new UsageError(
    `The replay ${policyReplayId} isn't done after 20 minutes; see its function's log and dead letters.`,
  );
}

/** The policies of Cedar files, in which `${gateway.NAME.arn}` stands for the gateway's ARN. */
async function candidatesFor(gatewayName: string, arn: string, names: readonly string[]) {
  const files = await expand(names);
  const other = files.find((file) => !isCedar(file));
  if (other !== undefined)
    throw new UsageError(`${other} isn't a .cedar file, and of a running Gatehouse only those can be tried.`);
  const resolve = (text: string) => text.replaceAll(`\${gateway.${gatewayName}.arn}`, () => arn);
  const { policies, findings } = await readCedarFiles(files, { resolve });
  const problems = [...findings, ...checkNames(policies)];
  if (problems.length > 0) throw new FoundError(problems);
  return policies.map(({ name: policyId, statement }: NamedPolicy) => ({ policyId, statement }));
}

function timeOf(option: string, text: string | undefined): Date {
  const date = new Date(text ?? "");
  if (text === undefined || Number.isNaN(date.getTime())) {
    throw new UsageError(
      `--${option} takes a time, as in 2026-01-31T12:00:00Z${text === undefined ? "" : `, not "${text}"`}.`,
    );
  }
  return date;
}
