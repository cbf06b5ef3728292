import { actionType, unqualified } from "../../cedar.ts";
import type { PolicySchema } from "../../schema/policySchema.ts";
import { ancestorsOf } from "../../schema/schemaParts.ts";
import type { Scope } from "./scope.ts";
import { and, equal, no, or, type Term } from "./terms.ts";
import { absent, type EntityData, type EntityValue, type Member, type Value } from "./values.ts";

/** Cedar's `.`, on a record or an entity. */
export function attributeOf(receiver: Value, name: string, scope: Scope): Member {
  if (receiver.kind === "record") return receiver.member(name);
  if (receiver.kind === "opaque") return openMember(scope);
  if (receiver.kind !== "entity") return absent;
  return inEntity(receiver, scope, (data) => data.attributes.member(name));
}

/** A tag of an entity. */
export function tagOf(receiver: Value, key: Value, scope: Scope): Member {
  const text =
    key.kind === "string" && key.term.op === "int" ? scope.environment.strings.get(key.term.value) : undefined;
  if (text === undefined) {
    scope.environment.inexact("uses a tag whose name is computed");
    return openMember(scope);
  }
  if (receiver.kind !== "entity") return openMember(scope);
  return inEntity(receiver, scope, (data) => data.tag(text));
}

/** Part of what an entity holds. Only the principal and the objects among the arguments hold anything. */
function inEntity({ type, id, data }: EntityValue, scope: Scope, read: (data: EntityData) => Member): Member {
  const { request, schema } = scope;
  if (data) return read(data);
  if (type === schema.principalType) {
    const { present, value } = read(request.principalData);
    return { present: and(equal(id, request.principal.id), present), value };
  }
  // An id that names an object among the arguments by its content.
  return schema.typeOwners.has(unqualified(type)) ? openMember(scope) : absent;
}

/** A member of a value that is left open. Nothing says which readings are of the same value, so that each has its own. */
function openMember({ environment }: Scope): Member {
  environment.inexact("reads values that the analysis doesn't look into");
  const present = environment.fresh("Bool");
  return { present, value: { kind: "opaque", key: environment.freshKey() } };
}

/** Cedar's `in`: only actions are in anything but themselves. */
export function isIn(member: Value, group: Value, scope: Scope): Term {
  if (group.kind === "set" && group.elements) return or(...group.elements.map((one) => isIn(member, one, scope)));
  if (member.kind !== "entity" || group.kind !== "entity") return scope.environment.fresh("Bool");
  if (member.type !== group.type) return no;
  if (member.type !== actionType) return equal(member.id, group.id);
  const { schema, environment } = scope;
  // An action is one of few, whatever chooses it.
  const pairs = [...actionsNamed(schema, scope)].flatMap((name) =>
    ancestors(name, schema).map((above) =>
      and(equal(member.id, environment.string(name)), equal(group.id, environment.string(above))),
    ),
  );
  return or(equal(member.id, group.id), ...pairs);
}

function actionsNamed({ actions, groups }: PolicySchema, { request, environment }: Scope): Set<string> {
  const named = [...environment.strings.values()].filter((text) => actions.has(text) || groups.has(text));
  return new Set([request.action, ...named]);
}

function ancestors(name: string, { actions, groups }: PolicySchema): string[] {
  const group = actions.get(name)?.group ?? groups.get(name);
  return group === undefined ? [] : ancestorsOf(group, groups);
}
