import { amountOf, expectTool, type ToolContext, textOf } from "../call.ts";

/** Up to which claim, in dollars, an underwriter's approval is enough, by risk level. */
const limits: Readonly<Record<string, number>> = { low: 1_000_000, medium: 250_000, high: 25_000 };

/** Approves an application or refers it to a committee: `approve_underwriting(claim_amount, risk_level)`. */
export async function handler(event: Readonly<Record<string, unknown>>, context: ToolContext) {
  expectTool(context, "approve_underwriting");
  const claimAmount = amountOf(event, "claim_amount");
  const riskLevel = textOf(event, "risk_level").toLowerCase();
  const limit = Object.hasOwn(limits, riskLevel) ? limits[riskLevel] : undefined;
  if (limit === undefined) throw new Error(`risk_level must be one of ${Object.keys(limits).join(", ")}.`);
  const approved = claimAmount <= limit;
  return {
    status: approved ? "APPROVED" : "REFERRED",
    reason: approved
      ? `The claim is within the limit of ${limit} for ${riskLevel} risk.`
      : `The claim is above the limit of ${limit} for ${riskLevel} risk; a committee decides.`,
  };
}
