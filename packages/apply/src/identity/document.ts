import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";
import type { Problem } from "../problems.ts";
import type { VariableSource } from "../variables.ts";
import { type ByKind, type IdentityEntry, identityKinds, identitySections } from "./kinds.ts";

/** How a document's sections and members are read: what is unknown in them is told. */
export interface Reader {
  section<T>(value: Json | undefined, path: string, read: (value: Json, path: string) => T): ReadonlyMap<string, T>;
  members(value: Json, path: string, known: readonly string[]): JsonObject;
  object(value: Json | undefined, path: string): JsonObject;
  readonly problems: Problem[];
}

/** What a document says of identity. A secret stands in the environment, and the document says in which variable. */
export function readIdentity(
  top: JsonObject,
  { environment = {} }: VariableSource,
  reader: Reader,
): ByKind<IdentityEntry> {
  const entries = identityKinds.flatMap((kind) => {
    const of = identitySections[kind];
    const secretMember = "secret" in of ? of.secret : undefined;
    const members = [...of.members, ...(secretMember === undefined ? [] : [secretMember]), "tags"];
    const read = (value: Json, path: string): IdentityEntry => {
      const { tags, ...given } = reader.members(value, path, members);
      const { [secretMember ?? ""]: from, ...settings } = given;
      refuseSecrets(settings, path, reader.problems);
      const secret = from === undefined ? undefined : secretOf(from, environment, `${path}.${secretMember}`, reader);
      return {
        settings,
        tags: reader.object(tags, `${path}.tags`),
        ...(secret === undefined ? {} : { secret }),
      };
    };
    return top[of.section] === undefined ? [] : [[kind, reader.section(top[of.section], of.section, read)]];
  });
  return Object.fromEntries(entries) as ByKind<IdentityEntry>; // Keys are kinds.
}

function secretOf(
  from: Json,
  environment: Readonly<Record<string, string | undefined>>,
  path: string,
  { problems }: Reader,
): string | undefined {
  const name = typeof from === "string" ? from : "";
  const secret = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    // Whatever stands there may be the secret itself, and isn't repeated.
    problems.push({ path, message: "must be the name of an environment variable, in which the secret is" });
  } else if (!secret) {
    problems.push({ path, message: `needs the environment variable ${name}, which isn't set` });
  }
  return secret || undefined;
}

/** A file is read by many, and kept for long. */
function refuseSecrets(settings: JsonObject, path: string, problems: Problem[]): void {
  const configs = isJsonObject(settings.oauth2ProviderConfigInput) ? settings.oauth2ProviderConfigInput : {};
  for (const [member, config] of Object.entries(configs)) {
    if (!isJsonObject(config) || config.clientSecret === undefined) continue;
    const at = `${path}.oauth2ProviderConfigInput.${member}.clientSecret`;
    problems.push({ path: at, message: "can't stand in a file: name an environment variable in clientSecretFrom" });
  }
}
