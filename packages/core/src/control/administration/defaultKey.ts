import { ifSealedHere, type Keyring } from "../../identity/vault/keyring.ts";
import type { AccessKeyRecord, AdministrationRepository } from "../../storage/administrationRepository.ts";
import { whileOthersChange } from "../concurrency.ts";
import { openSecret, sealSecret } from "./newKey.ts";

/**
 * Makes sure that a host's own admin key is there, with this id and secret: it works from the machine itself only. A key
 * of the id that is anything else, or was rotated, is replaced; one that is as it should be is left alone.
 */
export async function ensureDefaultKey(
  dependencies: { readonly administration: AdministrationRepository; readonly keyring: Keyring; now(): Date },
  { accessKeyId, secretAccessKey }: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<void> {
  const { administration, keyring, now } = dependencies;
  await whileOthersChange(async () => {
    const seen = await administration.load();
    const present = seen.keys.find((key) => key.accessKeyId === accessKeyId);
    if (present !== undefined && (await isDefault(present, keyring, secretAccessKey))) return;
    await administration.putHostKey(seen, {
      accessKeyId,
      name: "The default key of this machine",
      roles: ["admin"],
      sealedSecret: await sealSecret(keyring, accessKeyId, secretAccessKey),
      createdAt: now().toISOString(),
      createdBy: "Gatehouse",
      loopbackOnly: true,
    });
  });
}

async function isDefault(
  { accessKeyId, roles, sealedSecret, loopbackOnly, expiresAt }: AccessKeyRecord,
  keyring: Keyring,
  secretAccessKey: string,
): Promise<boolean> {
  if (loopbackOnly !== true || expiresAt !== undefined || roles.join() !== "admin") return false;
  // A secret that can't be opened was sealed by another keyring, whose keys are gone: it is no good to anybody.
  const secret = await ifSealedHere(openSecret(keyring, accessKeyId, sealedSecret));
  return secret === secretAccessKey;
}
