import { parseArgs } from "node:util";
import { messageOf } from "@gatehouse/core/errors.ts";
import { playDemo } from "./demo/play.ts";
import { printStep } from "./demo/print.ts";

try {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  const steps = await playDemo(values.json ? () => {} : printStep);
  if (values.json) console.log(JSON.stringify(steps, null, 2));
} catch (error) {
  console.error(`The demo failed: ${messageOf(error)}`);
  process.exitCode = 1;
}
