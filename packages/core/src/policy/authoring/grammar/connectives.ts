import type { Condition } from "../meaning.ts";
import { fail, type Parser, phrase, separated } from "./parser.ts";

/** What may stand between two conditions; the empty text stands for nothing at all. */
const separators = phrase(", and", ", or", "and", "or", ",", ", but", "but", "as well as", "and also");
const orNothing: Parser<string> = (input, at) => [...separators(input, at), { value: "", next: at }];

/**
 * Conditions joined by "and" and "or". Where both are used, commas must say what belongs together: "A and B, or C". Without
 * commas, people mean one or the other, and nobody knows which.
 */
export function combined(item: Parser<Condition>, { adjacent = false } = {}): Parser<Condition> {
  const parser = separated(item, adjacent ? orNothing : separators);
  return (input, at) =>
    parser(input, at).flatMap(({ value: { items, by }, next }) => {
      const condition = join(items, by);
      return condition
        ? [{ value: condition, next }]
        : fail(
            input,
            next,
            '"and" and "or" are mixed; put commas between what belongs together, as in "a and b, or c"',
          );
    });
}

interface Joint {
  readonly kind: "all" | "any" | "list";
  readonly comma: boolean;
}

function jointOf(separator: string): Joint {
  const comma = separator.startsWith(",");
  const word = separator.replace(/^, ?/, "");
  if (word === "or") return { kind: "any", comma };
  return separator === "," ? { kind: "list", comma } : { kind: "all", comma };
}

function join(items: readonly Condition[], separators: readonly string[]): Condition | undefined {
  const joints = separators.map(jointOf);
  // An item of several, as "under 5 or over 10", mixes as well.
  const inner = new Set(items.map(({ kind }) => kind));
  if (joints.some(({ kind, comma }) => !comma && inner.has(kind === "all" ? "any" : "all") && kind !== "list"))
    return undefined;
  if (joints.at(-1)?.kind === "list") return undefined;
  const kinds = new Set(joints.flatMap(({ kind }) => (kind === "list" ? [] : [kind])));
  const [kind = "all"] = kinds;
  if (kinds.size < 2) return group(kind, items);
  // Commas are the outer level, and each level has one word.
  if (joints.some((joint) => joint.kind === "list")) return undefined;
  const outer = new Set(joints.filter(({ comma }) => comma).map((joint) => joint.kind));
  const [outerKind] = outer;
  if (outer.size !== 1 || outerKind === undefined || outerKind === "list") return undefined;
  const groups = split(items, joints);
  const grouped = groups.map((one) =>
    one.kind === undefined || one.kind === "list" ? undefined : group(one.kind, one.items),
  );
  if (grouped.some((one) => one === undefined)) return undefined;
  return group(outerKind, grouped as Condition[]); // None is undefined: that was looked at above.
}

function group(kind: "all" | "any", conditions: readonly Condition[]): Condition {
  const [only] = conditions;
  return only && conditions.length === 1 ? only : { kind, conditions };
}

interface Group {
  readonly items: Condition[];
  kind: Joint["kind"] | undefined;
}

/** What stands between two commas; without a kind if it has more than one word in it. */
function split(items: readonly Condition[], joints: readonly Joint[]): Group[] {
  const groups: Group[] = [];
  items.forEach((item, i) => {
    const joint = joints[i - 1];
    const last = groups.at(-1);
    if (!last || !joint || joint.comma) groups.push({ items: [item], kind: "all" });
    else {
      last.kind = last.items.length === 1 || last.kind === joint.kind ? joint.kind : undefined;
      last.items.push(item);
    }
  });
  return groups;
}
