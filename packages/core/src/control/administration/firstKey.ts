import { randomUUID } from "node:crypto";
import { GatehouseError } from "../../errors.ts";
import type { EventOutbox } from "../../observability/eventOutbox.ts";
import type { GatehouseEvent } from "../../observability/events.ts";
import type { AccessKeyRecord, AdministrationState } from "../../storage/administrationRepository.ts";
import { administratorOf, hasExpired } from "./change.ts";
import type { AdministrationDependencies } from "./dependencies.ts";
import { newKey } from "./newKey.ts";
import { accessKeyArn } from "./resources.ts";
import type { AdministrationOperation, NewAccessKey } from "./types.ts";

/** Long enough to make a key that stays, too short to be left lying in a file. */
const validHours = 24;

/** Who may do both can put everything else right. */
const administering = ["CreateAccessKey", "PutAdministrationPolicies"] as const satisfies AdministrationOperation[];

/** What the first key is made with. */
export interface FirstAccessKeyDependencies extends AdministrationDependencies {
  readonly outbox: EventOutbox;
}

/** Who asks for the first key, as it is recorded: the function, because Lambda doesn't say who has invoked it. */
export interface Asker {
  readonly functionArn: string;
  readonly requestId: string;
}

/**
 * Makes an access key with the role `admin` where nobody can administer: on a new deployment, and after the last such key
 * has expired. It is good for a day. Of two who ask at once, one is refused. The change is recorded like any other.
 * @throws GatehouseError `conflict` where a key is there that can administer, where the policies in force give a key of
 * that role nothing, or where somebody was faster.
 */
export async function createFirstAccessKey(
  dependencies: FirstAccessKeyDependencies,
  asker: Asker,
): Promise<NewAccessKey> {
  const { administration, keyring, outbox, now } = dependencies;
  const seen = await administration.load();
  const createdAt = now();
  requireNobody(dependencies, seen, createdAt);

  const { secretAccessKey, ...sealed } = await newKey(keyring);
  const expiresAt = new Date(createdAt.getTime() + validHours * 3_600_000);
  const record: AccessKeyRecord = {
    ...sealed,
    name: "The first key",
    roles: ["admin"],
    createdAt: createdAt.toISOString(),
    createdBy: `AWS::Lambda::${JSON.stringify(asker.functionArn)}`,
    expiresAt: expiresAt.toISOString(),
  };
  if (!canAdminister(dependencies, seen, record)) {
    const message =
      "The administration policies in force give the role admin nothing, so a key with it would be useless.";
    throw new GatehouseError("conflict", message);
  }
  const staged = outbox.stage([told(record, accessKeyArn(dependencies, record.accessKeyId), asker)]);
  await administration.createKey(seen, record, staged.steps);
  await staged.forward();
  const { accessKeyId, name, roles } = record;
  return { accessKeyId, secretAccessKey, name, roles, createdAt, expiresAt };
}

function requireNobody(dependencies: FirstAccessKeyDependencies, seen: AdministrationState, now: Date): void {
  const usable = seen.keys.find(
    // A key of a machine is no key for anybody who isn't on that machine.
    (key) => !key.loopbackOnly && !hasExpired(key, now) && canAdminister(dependencies, seen, key),
  );
  if (usable === undefined) return;
  throw new GatehouseError(
    "conflict",
    `Access key ${usable.accessKeyId} can administer already: create further keys with it.`,
  );
}

function canAdminister(
  { authorizer, accountId }: FirstAccessKeyDependencies,
  inForce: AdministrationState,
  key: AccessKeyRecord,
): boolean {
  return administering.every(
    (operation) => authorizer.authorize(inForce, administratorOf(key), operation, accountId).allowed,
  );
}

/** The record of the change, with everything of the key but its secret. */
function told(
  { sealedSecret: _, roles, ...shown }: AccessKeyRecord,
  resource: string,
  { functionArn, requestId }: Asker,
): GatehouseEvent {
  return {
    type: "ConfigurationChanged",
    detail: {
      schemaVersion: 1,
      changeId: randomUUID(),
      time: shown.createdAt,
      requestId,
      administrator: { type: "AWS::Lambda", id: functionArn, roles: [] },
      operation: "CreateAccessKey" satisfies AdministrationOperation,
      resource,
      after: { ...shown, roles: [...roles] },
    },
  };
}
