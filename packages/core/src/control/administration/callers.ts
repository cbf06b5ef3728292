import { LRUCache } from "lru-cache";
import { type ErrorCode, GatehouseError } from "../../errors.ts";
import type { CallerRequest, Callers } from "../../identity/callers.ts";
import type { Principal } from "../../identity/principal.ts";
import type {
  AccessKeyRecord,
  AdministrationPoliciesRecord,
  AdministrationRepository,
} from "../../storage/administrationRepository.ts";
import { invokeGateway } from "./actionGroups.ts";
import { type AccessKeyVerification, verifySigner } from "./authenticate.accessKey.ts";
import type { Authorizer } from "./authorize.ts";
import { administratorOf } from "./change.ts";

/** As long as a gateway's configuration is believed: a revoked key or a new policy counts within a second. */
const rememberedMilliseconds = 1_000;
const maxKeys = 1_000;

/** What is wrong with a signature or its key; anything else is no fault of the client's. */
const ofTheSignature: ReadonlySet<ErrorCode> = new Set([
  "missingAuthentication",
  "incompleteSignature",
  "unknownClient",
  "invalidSignature",
  "accessDenied",
]);

/**
 * Creates what verifies the callers of gateways by Gatehouse's access keys, and asks the administration's policies whether
 * they may invoke the gateway: the action `Gatehouse::Action::"InvokeGateway"`.
 */
export function createCallers(
  options: AccessKeyVerification & {
    readonly administration: Pick<AdministrationRepository, "accessKey" | "policies">;
    readonly accountId: string;
    readonly authorizer: Authorizer;
  },
): Callers {
  const { accountId, authorizer, now } = options;
  const { accessKey, policies } = remembering(options.administration, now);
  const signerOf = verifySigner({ ...options, administration: { accessKey } });

  /** The signer; or what is wrong with the signature, which the client can mend. */
  async function signer(request: CallerRequest): Promise<AccessKeyRecord | string> {
    try {
      return await signerOf(request);
    } catch (error) {
      if (error instanceof GatehouseError && ofTheSignature.has(error.code)) return error.message;
      throw error;
    }
  }

  return {
    async verify(request, gatewayArn) {
      const key = await signer(request);
      if (typeof key === "string") return { ok: false, message: key };
      const principal = callerOf(key, accountId);
      if (gatewayArn === undefined) return { ok: true, principal };
      const decision = authorizer.authorize(await policies(), administratorOf(key), invokeGateway, gatewayArn);
      if (decision.allowed) return { ok: true, principal };
      return { ok: false, message: `${principal.id} may not invoke this gateway: ${decision.reason}`, principal };
    },
  };
}

/**
 * The principal that a key's signatures stand for: the IAM user of the key's name, so that policies name who calls as on
 * AWS, and go on to when the key is rotated. Keys of one name are keys of one user, as in IAM. What IAM has no place for in a
 * name is percent-encoded.
 */
export function callerOf({ accessKeyId, name }: AccessKeyRecord, accountId: string): Principal {
  const user = name.toWellFormed().replace(/[^\w+=,.@/-]/gu, (character) => encodeURIComponent(character));
  return { type: "AgentCore::IamEntity", id: `arn:aws:iam::${accountId}:user/${user}`, tags: {}, agent: accessKeyId };
}

/** Reads keys and policies at most once a second each; what isn't there is looked for again. */
function remembering(
  administration: Pick<AdministrationRepository, "accessKey" | "policies">,
  now: () => Date,
): Pick<AdministrationRepository, "accessKey" | "policies"> {
  const times = { ttl: rememberedMilliseconds, ttlResolution: 0, perf: { now: () => now().getTime() } };
  const keys = new LRUCache<string, AccessKeyRecord>({
    max: maxKeys,
    ...times,
    fetchMethod: (accessKeyId) => administration.accessKey(accessKeyId),
  });
  const inForce = new LRUCache<"policies", AdministrationPoliciesRecord>({
    max: 1,
    ...times,
    fetchMethod: () => administration.policies(),
  });
  return {
    accessKey: (accessKeyId) => keys.fetch(accessKeyId),
    async policies() {
      return (await inForce.fetch("policies")) ?? administration.policies();
    },
  };
}
