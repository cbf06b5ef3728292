import type { Rating } from "../task.ts";

/** How far something holds, in five steps. @param definitions from the worst to the best. */
export function fiveSteps(definitions: readonly [string, string, string, string, string]): readonly Rating[] {
  const [notAtAll, notGenerally, mixed, generally, completely] = definitions;
  return [
    { label: "Not At All", value: 0, definition: notAtAll },
    { label: "Not Generally", value: 0.25, definition: notGenerally },
    { label: "Neutral/Mixed", value: 0.5, definition: mixed },
    { label: "Generally Yes", value: 0.75, definition: generally },
    { label: "Completely Yes", value: 1, definition: completely },
  ];
}

/** Whether something holds. */
export function yesOrNo(yes: string, no: string): readonly Rating[] {
  return [
    { label: "No", value: 0, definition: no },
    { label: "Yes", value: 1, definition: yes },
  ];
}
