import { GatehouseError } from "../../errors.ts";
import type { AdministrationState } from "../../storage/administrationRepository.ts";
import type { Administrator } from "../administrator.ts";
import type { AdministratorWithClaims } from "./authorize.ts";
import { administratorOf } from "./change.ts";
import type { AdministrationDependencies } from "./dependencies.ts";
import type { AdministrationOperation } from "./types.ts";

/** With these two, whoever may use them can put everything right: the policies, and who holds a key. */
const puttingRight = ["PutAdministrationPolicies", "CreateAccessKey"] as const satisfies AdministrationOperation[];

/**
 * Makes sure that a change of keys or policies locks nobody out for good: under the policies as they will be, somebody who
 * stays must be allowed both to replace the policies and to create access keys. That can be
 * - an access key without expiry, the caller's own or another, as the keys will be. One that works from the machine itself
 *   only counts too, for whoever has the machine; one that expires does not, since nobody would be left when it has;
 * - the caller, if it is a user of the admin issuer. Other users of the issuer are not known here, so they don't count.
 *
 * Creating a key takes nothing away from anybody, so it isn't asked.
 * @param after the administration as it will be, at the version that the change requires, without keys that can't be counted on.
 * @param hint what else would be right, as a sentence.
 * @throws GatehouseError `conflict` that says what would be right.
 */
export function requireSomebodyLeft(
  { authorizer, accountId }: AdministrationDependencies,
  after: AdministrationState,
  caller: Administrator,
  hint?: string,
): void {
  const keys = after.keys.filter(({ expiresAt }) => expiresAt === undefined).map(administratorOf);
  const staying: AdministratorWithClaims[] = caller.type === "Gatehouse::OAuthUser" ? [caller, ...keys] : keys;
  const mayPutRight = (administrator: AdministratorWithClaims) =>
    puttingRight.every((operation) => authorizer.authorize(after, administrator, operation, accountId).allowed);
  if (staying.some(mayPutRight)) return;
  throw new GatehouseError(
    "conflict",
    `This would lock everybody out: nobody who stays could ${puttingRight.join(" and ")}. Keep or create an access key without expiresAt that the policies permit both, such as one with the role admin under the shipped policies, and try again.${hint === undefined ? "" : ` ${hint}`}`,
  );
}
