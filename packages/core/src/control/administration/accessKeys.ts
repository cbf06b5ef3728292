import { GatehouseError } from "../../errors.ts";
import type { AccessKeyRecord, AdministrationState } from "../../storage/administrationRepository.ts";
import type { Administrator } from "../administrator.ts";
import type { HandlersOf } from "../handlers.ts";
import { refuse } from "../supported.ts";
import { changeAdministration, hasExpired } from "./change.ts";
import type { AdministrationDependencies } from "./dependencies.ts";
import { requireSomebodyLeft } from "./lockOut.ts";
import { newKey } from "./newKey.ts";
import { accessKeyArn } from "./resources.ts";
import type { AccessKeySummary, NewAccessKey } from "./types.ts";

const defaultGraceSeconds = 3_600;
/** Long enough to see that the answer with the new secret is lost, and to create another key with the old one. */
const leastGraceSeconds = 60;
const pageSize = 100;

/**
 * The operations on access keys. A new key may have any role, and a rotation answers the secret of one that does the same
 * as the old: to be allowed CreateAccessKey or RotateAccessKey amounts to being admin. A role that no policy names is
 * taken, so that keys and policies can be made in either order; until a policy names it, it gives nothing.
 */
export function accessKeyHandlers(
  dependencies: AdministrationDependencies,
): HandlersOf<"CreateAccessKey" | "ListAccessKeys" | "RotateAccessKey" | "DeleteAccessKey"> {
  const { administration, keyring, now } = dependencies;

  return {
    async CreateAccessKey(input, scope) {
      const { administrator } = scope;
      const time = now();
      if (input.expiresAt !== undefined && input.expiresAt <= time) refuse("expiresAt", "must be in the future");
      const { secretAccessKey, ...sealed } = await newKey(keyring);
      const record: AccessKeyRecord = {
        ...sealed,
        name: input.name,
        roles: [...new Set(input.roles)],
        createdAt: time.toISOString(),
        createdBy: nameOf(administrator),
        ...(input.expiresAt === undefined ? {} : { expiresAt: input.expiresAt.toISOString() }),
      };
      const resource = accessKeyArn(dependencies, record.accessKeyId);
      await changeAdministration(dependencies, { operation: "CreateAccessKey", input, administrator }, (seen) => {
        const alongside = scope.alongside({ resource, after: summaryOf(record, time), answer: {} });
        return administration.createKey(seen, record, alongside);
      });
      return answerOf(record, secretAccessKey);
    },

    async ListAccessKeys({ maxResults = pageSize, nextToken = "" }) {
      const { keys } = await administration.load();
      const rest = keys.filter(({ accessKeyId }) => accessKeyId > nextToken);
      const accessKeys = rest.slice(0, maxResults).map((key) => summaryOf(key, now()));
      const last = accessKeys.at(-1);
      return { accessKeys, ...(rest.length > maxResults && last ? { nextToken: last.accessKeyId } : {}) };
    },

    async RotateAccessKey(input, scope) {
      const { administrator } = scope;
      const { secretAccessKey, ...sealed } = await newKey(keyring);
      return changeAdministration(
        dependencies,
        { operation: "RotateAccessKey", input, administrator },
        async (seen) => {
          const time = now();
          const before = existing(seen, input.accessKeyId);
          requireRotatable(before, time);
          const { graceSeconds = defaultGraceSeconds } = input;
          const rotation = rotate(before, { ...sealed, createdBy: nameOf(administrator), time, graceSeconds });
          const { rotated, successor } = rotation;
          const others = seen.keys.filter(({ accessKeyId }) => accessKeyId !== before.accessKeyId);
          // The successor's secret is in this answer only: where that is lost, nobody but the old key can help.
          const sure = graceSeconds < leastGraceSeconds ? [] : [successor];
          const hint = `Or give at least ${leastGraceSeconds} graceSeconds, in case the answer with the new secret is lost.`;
          requireSomebodyLeft(dependencies, { ...seen, keys: [...others, ...sure] }, administrator, hint);
          const alongside = scope.alongside({
            resource: accessKeyArn(dependencies, before.accessKeyId),
            before: summaryOf(before, time),
            after: summaryOf(rotated, time),
            answer: {},
          });
          await administration.rotateKey(seen, rotation, alongside);
          return answerOf(successor, secretAccessKey);
        },
      );
    },

    async DeleteAccessKey(input, scope) {
      const { administrator } = scope;
      const { accessKeyId } = input;
      return changeAdministration(
        dependencies,
        { operation: "DeleteAccessKey", input, administrator },
        async (seen) => {
          const before = existing(seen, accessKeyId);
          const keys = seen.keys.filter((key) => key !== before);
          requireSomebodyLeft(dependencies, { ...seen, keys }, administrator);
          const resource = accessKeyArn(dependencies, accessKeyId);
          const alongside = scope.alongside({ resource, before: summaryOf(before, now()), answer: { accessKeyId } });
          await administration.deleteKey(seen, accessKeyId, alongside);
          return { accessKeyId };
        },
      );
    },
  };
}

function existing({ keys }: AdministrationState, accessKeyId: string): AccessKeyRecord {
  const key = keys.find((one) => one.accessKeyId === accessKeyId);
  if (key === undefined) throw new GatehouseError("notFound", `There is no access key ${accessKeyId}.`);
  return key;
}

function requireRotatable(key: AccessKeyRecord, now: Date): void {
  const { accessKeyId, replacedBy } = key;
  if (replacedBy !== undefined) {
    throw new GatehouseError(
      "conflict",
      `Access key ${accessKeyId} was rotated already: rotate ${replacedBy} instead.`,
    );
  }
  if (hasExpired(key, now)) {
    throw new GatehouseError("conflict", `Access key ${accessKeyId} has expired: create a new one instead.`);
  }
}

interface Rotation extends Pick<AccessKeyRecord, "accessKeyId" | "sealedSecret" | "createdBy"> {
  readonly time: Date;
  readonly graceSeconds: number;
}

/** A key's successor may do the same for as long: rotating renews the secret, not the term. */
function rotate(before: AccessKeyRecord, { time, graceSeconds, ...secret }: Rotation) {
  const end = new Date(time.getTime() + graceSeconds * 1_000).toISOString();
  const endsBefore = before.expiresAt !== undefined && Date.parse(before.expiresAt) < Date.parse(end);
  const expiresAt = endsBefore ? before.expiresAt : end;
  const rotated = { ...before, expiresAt, lastRotatedAt: time.toISOString(), replacedBy: secret.accessKeyId };
  return { rotated, successor: { ...before, ...secret, createdAt: time.toISOString() } };
}

function nameOf({ type, id }: Administrator): string {
  return `${type}::${JSON.stringify(id)}`;
}

function answerOf({ accessKeyId, name, roles, createdAt, expiresAt }: AccessKeyRecord, secret: string): NewAccessKey {
  const times = {
    createdAt: new Date(createdAt),
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }),
  };
  return { accessKeyId, secretAccessKey: secret, name, roles, ...times };
}

/** Everything of a key but its secret, member by member, so that a member that is added later has to be let out. */
function summaryOf(key: AccessKeyRecord, now: Date): AccessKeySummary {
  const { accessKeyId, name, roles, createdBy, createdAt, expiresAt, loopbackOnly, lastRotatedAt, replacedBy } = key;
  return {
    accessKeyId,
    name,
    roles,
    status: hasExpired(key, now) ? "EXPIRED" : "ACTIVE",
    createdAt: new Date(createdAt),
    createdBy,
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }),
    ...(loopbackOnly === undefined ? {} : { loopbackOnly }),
    ...(lastRotatedAt === undefined ? {} : { lastRotatedAt: new Date(lastRotatedAt) }),
    ...(replacedBy === undefined ? {} : { replacedBy }),
  };
}
