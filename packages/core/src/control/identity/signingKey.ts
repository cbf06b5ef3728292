import { GatehouseError } from "../../errors.ts";
import { makeSigningKey } from "../../identity/outbound/deploymentKey.ts";
import { published, secondsUntilSigning } from "../../identity/outbound/signingSchedule.ts";
import type { RotatedSigningKey } from "../../storage/signingKeyRepository.ts";
import type { ControlPlaneDependencies, Handlers } from "../handlers.ts";
import { tokenVaultArn } from "./arns.ts";

/** The operation on the keys that the deployment signs with. */
export function signingKeyHandlers(dependencies: ControlPlaneDependencies) {
  const { signingKeys, keyring } = dependencies;
  return {
    /**
     * Makes the next key, which is published at once and signs from a quarter of an hour later on. Of those who ask at the
     * same moment, one makes it: a second key would come before anybody has the first.
     */
    async RotateSigningKey(_, scope) {
      const keys = await signingKeys.rotated();
      const before = keys.at(-1);
      const created = Date.now();
      if (before !== undefined && Date.parse(before.signsFrom) > created) throw underWay(before);
      const key = {
        ...(await makeSigningKey(keyring)),
        number: (before?.number ?? 0) + 1,
        createdAt: new Date(created).toISOString(),
        signsFrom: new Date(created + secondsUntilSigning * 1_000).toISOString(),
      };
      const change = {
        resource: tokenVaultArn(dependencies),
        ...(before === undefined ? {} : { before: shown(before) }),
        after: shown(key),
        answer: { keyId: key.kid, createdAt: new Date(key.createdAt), signsFrom: new Date(key.signsFrom) },
      };
      await signingKeys.add(key, over(keys, created), scope.alongside(change));
      return change.answer;
    },
  } satisfies Handlers;
}

function underWay({ kid, signsFrom }: RotatedSigningKey): GatehouseError {
  const message = `The key ${kid} is on its way, and signs from ${signsFrom} on: rotate again after that.`;
  return new GatehouseError("conflict", message);
}

const shown = ({ kid, createdAt, signsFrom }: RotatedSigningKey) => ({ signingKeyId: kid, createdAt, signsFrom });

/** The keys that nobody verifies with any more: they are of no use, and of less harm where they aren't. */
function over(keys: readonly RotatedSigningKey[], time: number): readonly RotatedSigningKey[] {
  const scheduled = keys.map((key) => ({ key, signsFrom: Date.parse(key.signsFrom) }));
  const needed = new Set(published(scheduled, time).map(({ key }) => key));
  return keys.filter((key) => !needed.has(key));
}
