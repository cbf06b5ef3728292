import type { StaticOperationSchema } from "@smithy/types";
import type { Constraint } from "../constraints/constraint.ts";
import { ofShape } from "../constraints/shapes.ts";
import {
  document,
  listOf,
  listOfStrings,
  type Members,
  number,
  operation,
  page,
  pathLabel,
  string,
  structure,
} from "./schema.ts";

const target: Members = { gatewayIdentifier: pathLabel, targetId: pathLabel };
const path = "/gateways/{gatewayIdentifier}/targets/{targetId}/tool-drift";
const counts: Members = { changed: number, new: number, removed: number };
const answer: Members = { gatewayArn: string, targetId: string, ...counts };

const toolDrift = structure(
  "ToolDrift",
  {
    name: string,
    kind: string,
    differences: listOf(
      structure("MemberDifference", { path: string, kind: string }, { before: document, after: document }),
    ),
  },
  { approvedDigest: string, observedDigest: string },
);

/** The operations on tools that aren't as they were approved. */
export const toolDriftOperations: readonly StaticOperationSchema[] = [
  operation(
    "ListToolDrift",
    ["GET", path, 200],
    structure("ListToolDriftRequest", target, page),
    structure(
      "ListToolDriftResponse",
      { ...answer, driftDigest: string, toolDrift: listOf(toolDrift) },
      { nextToken: string },
    ),
  ),
  operation(
    "AcceptToolDrift",
    ["POST", `${path}/accept`, 200],
    structure("AcceptToolDriftRequest", target, {
      driftDigest: string,
      tools: listOf(structure("ToolAcceptance", { name: string }, { digest: string })),
    }),
    structure("AcceptToolDriftResponse", { ...answer, accepted: listOfStrings }),
  ),
];

const gatewayIdentifier = ofShape("GatewayIdentifier");
const targetId = ofShape("TargetId");
const digest: Constraint = { pattern: "sha256:[0-9a-f]{64}" };

/** What holds for their members beyond their types, by structure and member. */
export const toolDriftConstraints = {
  ListToolDriftRequest: {
    gatewayIdentifier,
    targetId,
    maxResults: { whole: true, minimum: 1, maximum: 100 },
    nextToken: { minLength: 1, maxLength: 2048, pattern: "\\S*" },
  },
  // As many tools as a target may have, and as many that it had.
  AcceptToolDriftRequest: {
    gatewayIdentifier,
    targetId,
    driftDigest: digest,
    tools: { minLength: 1, maxLength: 2_000 },
  },
  ToolAcceptance: { name: { minLength: 1, maxLength: 64 }, digest },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Constraint>>>>;
