import { measureFit } from "./evaluation/fit.ts";
import { measureOnline } from "./evaluation/online.ts";
import { measureOverhead } from "./evaluation/overhead.ts";
import { peers } from "./peers/start.ts";

/** What an evaluation costs beside the model that judges: of one session, of long ones, and of many. */
export async function benchEvaluation() {
  const { start, stop } = peers();
  try {
    const url = await start("instant");
    return {
      unit: "milliseconds; sessions a second",
      "from spans to a verdict": await measureOverhead(url),
      "long sessions": await measureFit(),
      online: await measureOnline(url),
    };
  } finally {
    await stop();
  }
}
