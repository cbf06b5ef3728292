import { expectTool, flagOf, type ToolContext, textOf } from "../call.ts";

/** What the classification of the data that an API serves adds to the risk, in points of 100. */
const pointsOfClassification: Readonly<Record<string, number>> = {
  public: 10,
  internal: 25,
  confidential: 45,
  restricted: 65,
};
const pointsOfUnknownClassification = 50;
const pointsWithoutApproval = 30;

/** Scores the risk of an application: `invoke_risk_model(API_classification, data_governance_approval)`. */
export async function handler(event: Readonly<Record<string, unknown>>, context: ToolContext) {
  expectTool(context, "invoke_risk_model");
  const classification = textOf(event, "API_classification").toLowerCase();
  const approved = flagOf(event, "data_governance_approval");
  const known = Object.hasOwn(pointsOfClassification, classification);
  const base = (known ? pointsOfClassification[classification] : undefined) ?? pointsOfUnknownClassification;
  const score = base + (approved ? 0 : pointsWithoutApproval);
  return { status: "SUCCESS", risk_score: score, risk_level: levelOf(score) };
}

function levelOf(score: number): "low" | "medium" | "high" {
  if (score < 30) return "low";
  return score < 60 ? "medium" : "high";
}
