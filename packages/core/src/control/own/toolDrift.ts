import { GatehouseError } from "../../errors.ts";
import type { Json, JsonObject } from "../../json.ts";
import { differencesBetween } from "../../pinning/difference.ts";
import { type Acceptance, accept, countDrift, type Drift, digestOfDrift, driftOf } from "../../pinning/drift.ts";
import { couldShadow, shadowedBy } from "../../review/shadowing.ts";
import { targetNotFound } from "../../storage/configRepository.targets.ts";
import type { Catalogue, ConfigRepository } from "../../storage/configRepository.ts";
import { binding, type ToolDescription } from "../../storage/records.ts";
import { whileOthersChange } from "../concurrency.ts";
import { defined } from "../defined.ts";
import { existingGateway } from "../existing.ts";
import type { ControlPlaneDependencies, HandlersOf } from "../handlers.ts";
import { invalid } from "../input.ts";
import { refuse } from "../supported.ts";
import type { ToolDrift, ToolDriftOperation } from "./toolDriftTypes.ts";

const defaultPageSize = 50;
/** Descriptions may be large, and Lambda answers 6 MB at most. */
const mostBytes = 3_000_000;

/** The operations on tools that aren't as they were approved (T13). */
export function toolDriftHandlers({ repository }: ControlPlaneDependencies): HandlersOf<ToolDriftOperation> {
  const existing = async (gatewayId: string, targetId: string): Promise<Catalogue> => {
    const catalogue = await repository.getCatalogue(gatewayId, targetId);
    if (catalogue === undefined) throw targetNotFound(gatewayId, targetId);
    return catalogue;
  };

  return {
    async ListToolDrift({ gatewayIdentifier, targetId, maxResults = defaultPageSize, nextToken }) {
      const { gatewayArn } = await existingGateway(repository, gatewayIdentifier);
      const drift = driftOf(await existing(gatewayIdentifier, targetId));
      const driftDigest = digestOfDrift(drift);
      const start = startOf(nextToken, driftDigest);
      const toolDrift = pageOf(drift.slice(start, start + maxResults));
      const next = start + toolDrift.length;
      return {
        gatewayArn,
        targetId,
        ...countDrift(drift),
        driftDigest,
        toolDrift,
        ...(next < drift.length ? { nextToken: JSON.stringify([driftDigest, next]) } : {}),
      };
    },

    /**
     * Takes what was looked at for approved: all of it, or some tools, each by the digest that was shown. What has changed
     * since is refused, so that nobody accepts what they haven't seen.
     */
    async AcceptToolDrift({ gatewayIdentifier, targetId, driftDigest, tools }, scope) {
      const { gatewayArn } = await existingGateway(repository, gatewayIdentifier);
      return whileOthersChange(async () => {
        const before = await existing(gatewayIdentifier, targetId);
        const open = driftOf(before);
        const acceptances = acceptancesOf(open, driftDigest, tools);
        const { status, statusReasons, lastSynchronizedAt } = before.target;
        const after = accept(before, acceptances);
        const left = countDrift(driftOf(after));
        const isLeft = left.changed + left.new + left.removed > 0;
        const names = acceptances.map(({ name }) => name);
        const accepted = open.filter(({ name }) => names.includes(name));
        const ifGatewayVersion = await refuseShadows(repository, before, accepted);
        const answer = { gatewayArn, targetId, ...left, accepted: names };
        const change = {
          resource: `${gatewayArn}/target/${targetId}`,
          before: { tools: accepted.map(({ name, approved }) => ({ name, digest: approved?.digest ?? null })) },
          after: { tools: accepted.map(({ name, observed }) => ({ name, digest: observed?.digest ?? null })) },
          answer,
        };
        const drift = isLeft ? left : undefined;
        const target = { status, ...defined({ statusReasons, lastSynchronizedAt, drift }) };
        await repository.putCatalogue(
          before,
          { ...after, target },
          { alongside: scope.alongside(change), ...(ifGatewayVersion === undefined ? {} : { ifGatewayVersion }) },
        );
        return answer;
      });
    },
  };
}

/** Where a page begins. @throws GatehouseError `validation` when the list isn't the one that the token is of. */
function startOf(nextToken: string | undefined, driftDigest: string): number {
  if (nextToken === undefined) return 0;
  const [digest, start] = JSON.parse(nextToken) as [string, number]; // Sealed by the router: nobody else has made it.
  if (digest === driftDigest) return start;
  throw invalid([{ name: "nextToken", message: "is of drift that has changed since; start again without it" }]);
}

/** As many of the tools as one answer can hold, one at least. */
function pageOf(drift: readonly Drift[]): ToolDrift[] {
  const page: ToolDrift[] = [];
  let bytes = 0;
  for (const one of drift) {
    const described = describe(one);
    bytes += Buffer.byteLength(JSON.stringify(described));
    if (page.length > 0 && bytes > mostBytes) break;
    page.push(described);
  }
  return page;
}

function describe({ name, kind, approved, observed }: Drift): ToolDrift {
  const isRefused = kind === "CHANGED" && observed === undefined;
  return {
    name,
    kind,
    ...(approved === undefined ? {} : { approvedDigest: approved.digest }),
    ...(observed === undefined ? {} : { observedDigest: observed.digest }),
    differences: isRefused ? [] : differencesBetween(comparable(approved?.tool), comparable(observed?.tool)),
  };
}

/** A description with how the tool is called, which no member of a description can be mistaken for. */
function comparable(tool: ToolDescription | undefined): JsonObject | undefined {
  if (tool === undefined) return undefined;
  const how = tool[binding];
  // It was JSON when it was read from the target.
  return { ...(tool as unknown as JsonObject), ...(how === undefined ? {} : { "[binding]": parsed(how) }) };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function acceptancesOf(
  open: readonly Drift[],
  driftDigest: string | undefined,
  tools: readonly Acceptance[] | undefined,
): readonly Acceptance[] {
  if ((driftDigest === undefined) === (tools === undefined)) {
    refuse("tools", "or driftDigest is required, and not both: some tools by their digests, or all drift by its own");
  }
  if (tools !== undefined) {
    const twice = tools.find(({ name }, index) => tools.findIndex((other) => other.name === name) !== index);
    if (twice !== undefined) refuse("tools", `must name each tool once: ${twice.name} is there twice`);
    return tools;
  }
  if (digestOfDrift(open) !== driftDigest) {
    throw new GatehouseError("conflict", "The drift has changed since it was looked at; look at it again.");
  }
  return open.map(({ name, observed }) => ({ name, digest: observed?.digest }));
}

/**
 * A new tool was reviewed when it was found; other targets may have got tools since that it could be mistaken for.
 * @returns the version of the gateway that this is true of, where other targets' tools matter.
 */
async function refuseShadows(
  repository: ConfigRepository,
  { target: { gatewayId, targetId, name } }: Catalogue,
  accepted: readonly Drift[],
): Promise<number | undefined> {
  const added = accepted.filter(({ kind }) => kind === "NEW").map((one) => one.name);
  if (added.length === 0) return undefined;
  const { gatewayVersion, targets } = await repository.getNames(gatewayId);
  const neighbours = targets.filter((other) => other.targetId !== targetId);
  const [shadow] = shadowedBy(name, added, neighbours);
  if (shadow !== undefined) throw new GatehouseError("conflict", shadow);
  return neighbours.some((other) => couldShadow(name, other.name)) ? gatewayVersion : undefined;
}
