import { randomUUID } from "node:crypto";
import type { EventOutbox, StagedEvents } from "../observability/eventOutbox.ts";
import type { GatehouseEvent } from "../observability/events.ts";
import type { ClientTokenRepository } from "../storage/clientTokenRepository.ts";
import type { Step } from "../storage/configRepository.table.ts";
import type { Administrator } from "./administrator.ts";
import { auditView } from "./audit.ts";
import type { ClientTokenUse } from "./clientTokens.ts";
import { encode } from "./encode.ts";
import { type Operation, operationNamed } from "./operations.ts";
import type { OperationName } from "./operationTypes.ts";

/** A change of the configuration, as it is told to whoever looks after it. */
export interface Change {
  /** The ARN of what was changed. */
  readonly resource: string;
  /**
   * The operation that answers what `before` and `after` are: its schema says what in them is secret. Where there is
   * none, they hold no secret.
   */
  readonly readBy?: OperationName;
  /** What it was; absent for what is new. */
  readonly before?: object | undefined;
  /** What it is; absent for what is gone. */
  readonly after?: object | undefined;
  /** What the operation answers: a repeated request with the same client token gets it again. */
  readonly answer: object;
  /** Work that the change sets going, such as a target's synchronisation. */
  readonly events?: readonly GatehouseEvent[];
}

/** One request of one administrator, as handlers see it. */
export interface RequestScope {
  readonly administrator: Administrator;
  /**
   * The steps that belong to a change and must be part of its transaction: its audit event, the events that it sets
   * going, and the memory of its client token. So there is no change without its record, and no record without its change.
   */
  alongside(change: Change): Step[];
}

/** A request's scope, and what there is to do when its handler is done. */
export interface OpenScope extends RequestScope {
  /** Brings the events of the last change to the bus. */
  forward(): Promise<void>;
}

/** Opens the scope of one request. */
export function openScope(options: {
  administrator: Administrator;
  operation: Operation;
  requestId: string;
  clientToken: ClientTokenUse | undefined;
  outbox: EventOutbox;
  clientTokens: ClientTokenRepository;
}): OpenScope {
  const { administrator, operation, requestId, clientToken, outbox, clientTokens } = options;
  // A change that found the resource changed meanwhile is made anew: only its last attempt can have come about.
  let staged: StagedEvents | undefined;
  return {
    administrator,
    alongside(change) {
      staged = outbox.stage([eventOf(change, administrator, operation.name, requestId), ...(change.events ?? [])]);
      const answer = JSON.stringify(encode(operation.output, change.answer) ?? {});
      return [
        ...staged.steps,
        ...(clientToken === undefined
          ? []
          : clientTokens.steps(clientToken.token, { inputDigest: clientToken.inputDigest, answer })),
      ];
    },
    async forward() {
      await staged?.forward();
    },
  };
}

function eventOf(
  { resource, readBy, before, after }: Change,
  { type, id, roles }: Administrator,
  operation: string,
  requestId: string,
): GatehouseEvent {
  const schema = readBy === undefined ? undefined : operationNamed(readBy)?.output;
  return {
    type: "ConfigurationChanged",
    detail: {
      schemaVersion: 1,
      changeId: randomUUID(),
      time: new Date().toISOString(),
      requestId,
      administrator: { type, id, roles: [...roles] },
      operation,
      resource,
      ...(before === undefined ? {} : { before: auditView(before, schema) }),
      ...(after === undefined ? {} : { after: auditView(after, schema) }),
    },
  };
}
