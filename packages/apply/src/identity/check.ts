import { oauth2SettingsOf } from "@gatehouse/core/control/identity/oauth2Settings.ts";
import { checkReturnUrls } from "@gatehouse/core/control/identity/workloadIdentities.ts";
import type { InputOf } from "@gatehouse/core/control/operationTypes.ts";
import type { FieldError } from "@gatehouse/core/errors.ts";
import type { JsonObject } from "@gatehouse/core/json.ts";
import type { Problem } from "../problems.ts";
import { type ByKind, type IdentityEntry, type IdentityKind, identityKinds, identitySections } from "./kinds.ts";
import { identityRequest, operationNouns } from "./requests.ts";

/** How requests are checked: by the schema of their operation, and by what Gatehouse does. */
export interface Checks {
  read(operation: string, request: JsonObject): { readonly input?: unknown; readonly fields: readonly FieldError[] };
  fieldsOf(check: () => unknown): readonly FieldError[];
  problemAt(path: string, member: string, message: string): Problem;
}

/** What is wrong with a document's entries of identity. @param entries with their references replaced. */
export function checkIdentity(entries: ByKind<IdentityEntry>, checks: Checks): Problem[] {
  return identityKinds.flatMap((kind) =>
    [...(entries[kind] ?? [])].flatMap(([name, entry]) => {
      const path = `${identitySections[kind].section}.${name}`;
      const { input, fields } = checks.read(`Create${operationNouns[kind]}`, identityRequest(kind, name, entry));
      const found = input === undefined ? fields : checks.fieldsOf(() => checkSettings(kind, input));
      const hasNoKey = kind === "apiKeyCredentialProvider" && entry.secret === undefined;
      const missing = hasNoKey ? [{ name: "apiKey", message: "is required: the name of an environment variable" }] : [];
      return [...found, ...missing].map(({ name: member, message }) =>
        inWords(checks.problemAt(path, member, message)),
      );
    }),
  );
}

function checkSettings(kind: IdentityKind, input: unknown): void {
  // Each was decoded by the schema of its operation.
  if (kind === "workloadIdentity") {
    checkReturnUrls((input as InputOf<"CreateWorkloadIdentity">).allowedResourceOauth2ReturnUrls ?? []);
  }
  // Whether an address on this machine is allowed is known to the service alone.
  if (kind === "oauth2CredentialProvider") {
    oauth2SettingsOf(input as InputOf<"CreateOauth2CredentialProvider">, true);
  }
}

/** A secret that is missing is mended by naming where it is. */
function inWords({ path, message, ...rest }: Problem): Problem {
  const inDocument = path
    .replace(/\.oauth2ProviderConfigInput\.\w+\.clientSecret$/, ".clientSecretFrom")
    .replace(/\.apiKey$/, ".apiKeyFrom");
  return { ...rest, path: inDocument, message };
}
