import { styleText } from "node:util";
import type { Step } from "./play.ts";

const colours = { allowed: "green", denied: "red", "would-deny": "yellow", rejected: "red", listed: "blue" } as const;
let lastStep = 0;

/** Prints a step for a person. */
export function printStep({
  step,
  title,
  principal,
  tools,
  call,
  outcome,
  answer,
  determiningPolicies,
  decisions,
}: Step) {
  if (step !== lastStep) console.log(`\n${styleText("bold", `${step}. ${title}`)}`);
  lastStep = step;
  if (decisions !== undefined) return printDecisions(decisions);
  console.log(`   ${principal} sees ${tools.length} ${tools.length === 1 ? "tool" : "tools"}: ${tools.join(", ")}`);
  if (call === undefined || outcome === undefined) return;
  console.log(`   ${principal} calls ${call.tool} ${JSON.stringify(call.arguments)}`);
  const by = determiningPolicies?.length ? ` by ${determiningPolicies.join(", ")}` : "";
  console.log(`   ${styleText(colours[outcome], outcome)}${by}`);
  console.log(styleText("dim", `   ${answer}`));
}

function printDecisions(decisions: NonNullable<Step["decisions"]>): void {
  for (const [tool, outcomes] of Object.entries(decisions)) {
    const counts = Object.entries(outcomes).map(([outcome, count]) => `${outcome} ${count}`);
    console.log(`   ${tool.padEnd(45)} ${counts.join(", ")}`);
  }
}
