import type { Conversation } from "@gatehouse/core/evaluation/conversation.ts";
import type { SentReferenceInput } from "@gatehouse/core/evaluation/evaluator.ts";
import type { Json } from "@gatehouse/core/json.ts";
import { UsageError } from "@gatehouse/policy/problem.ts";
import { type Complain, listOf, membersOf, readYamlFile, textOf } from "./yamlFile.ts";

/** What is known to be right, as people write it: ids change with every run, so that a turn may be named by its number. */
export interface WrittenReference {
  /** Where it stands in the file, for complaints. */
  readonly place: string;
  /** Absent where it is about every session. */
  readonly sessionId?: string | undefined;
  readonly traceId?: string | undefined;
  /** From 1, in the order in which they began. */
  readonly turn?: number | undefined;
  readonly expectedResponse?: string | undefined;
  readonly assertions?: readonly string[] | undefined;
  readonly expectedTrajectory?: readonly string[] | undefined;
}

const known = ["sessionId", "traceId", "turn", "expectedResponse", "assertions", "expectedTrajectory"];

/** Reads a file of references: a list `references` of them. @throws UsageError with everything that is wrong with it. */
export function readReferences(file: string): Promise<readonly WrittenReference[]> {
  return readYamlFile(file, (value, complain) => {
    const { references } = membersOf(value, "", ["references"], complain);
    return listOf(references, "references", complain).map((one, index) =>
      referenceOf(one, `references[${index}]`, file, complain),
    );
  });
}

function referenceOf(value: Json, path: string, file: string, complain: Complain): WrittenReference {
  const { turn, assertions, expectedTrajectory, ...members } = membersOf(value, path, known, complain);
  const text = (name: string) => textOf(members[name], `${path}.${name}`, complain);
  const texts = (list: Json | undefined, name: string) =>
    list === undefined
      ? undefined
      : listOf(list, `${path}.${name}`, complain).map(
          (one, index) => textOf(one, `${path}.${name}[${index}]`, complain) ?? "",
        );
  if (turn !== undefined && !(typeof turn === "number" && Number.isInteger(turn) && turn > 0)) {
    complain(`${path}.turn`, "must be the number of a turn, from 1 on");
  }
  if (turn !== undefined && members.traceId !== undefined) complain(`${path}.turn`, "can't stand beside traceId");
  return {
    place: `${file}: ${path}`,
    sessionId: text("sessionId"),
    traceId: text("traceId"),
    turn: typeof turn === "number" ? turn : undefined,
    expectedResponse: text("expectedResponse"),
    assertions: texts(assertions, "assertions"),
    expectedTrajectory: texts(expectedTrajectory, "expectedTrajectory"),
  };
}

/**
 * The references that are about a conversation, as AgentCore has them.
 * @throws UsageError for a turn that the conversation hasn't: what it expects would never be looked at.
 */
export function referencesFor(
  conversation: Conversation,
  references: readonly WrittenReference[],
): SentReferenceInput[] {
  const { sessionId } = conversation;
  return references
    .filter((reference) => reference.sessionId === undefined || reference.sessionId === sessionId)
    .map((reference) => {
      const { expectedResponse, assertions, expectedTrajectory } = reference;
      const traceId = traceIdOf(reference, conversation);
      return {
        context: { spanContext: { sessionId, ...(traceId === undefined ? {} : { traceId }) } },
        ...(expectedResponse === undefined ? {} : { expectedResponse: { text: expectedResponse } }),
        ...(assertions === undefined ? {} : { assertions: assertions.map((text) => ({ text })) }),
        ...(expectedTrajectory === undefined ? {} : { expectedTrajectory: { toolNames: expectedTrajectory } }),
      };
    });
}

function traceIdOf({ traceId, turn, place }: WrittenReference, { sessionId, turns }: Conversation): string | undefined {
  if (turn === undefined) return traceId;
  const found = turns[turn - 1];
  if (found !== undefined) return found.traceId;
  const count = turns.length === 1 ? "1 turn" : `${turns.length} turns`;
  throw new UsageError(`${place}.turn is ${turn}, but session ${sessionId} has ${count}.`);
}
